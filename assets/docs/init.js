// A file of its own, because the page's Content-Security-Policy allows no inline script.
"use strict";

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  filter: true,
  persistAuthorization: true, // in this browser's localStorage, until "Logout"
  tryItOutEnabled: true,
  validatorUrl: null, // nothing is asked of validator.swagger.io
});
