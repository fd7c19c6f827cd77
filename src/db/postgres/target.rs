//! The connection parameters of a PostgreSQL server, parsed from a libpq URL with `sslmode` and `sslrootcert`.

use std::{str::FromStr, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{Client, Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{chain, refused};
use crate::{
    base::{
        clock::Time,
        error::{Error, Result},
    },
    db::Probe,
};

/// A parsed `postgres://` URL.
#[derive(Clone)]
pub struct Target {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The derived form would show the password.
        write!(f, "{:?}/{}", self.config.get_hosts(), self.config.get_dbname().unwrap_or_default())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut url = url::Url::parse(text).map_err(|e| format!("not a database URL: {e}"))?;
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for (key, value) in url.query_pairs() {
            match &*key {
                "sslmode" => mode = Some(value.to_string()),
                "sslrootcert" => roots = Some(value.to_string()),
                _ => rest.push((key.to_string(), value.to_string())),
            }
        }
        url.set_query(None);
        if !rest.is_empty() {
            // tokio-postgres decodes %20, but doesn't read + as a space.
            url.query_pairs_mut().extend_pairs(rest);
            let query = url.query().map(|query| query.replace('+', "%20"));
            url.set_query(query.as_deref());
        }
        let mut config = Config::from_str(url.as_str()).map_err(|e| format!("not a database URL: {e}"))?;
        // https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
        let (ssl, check) = match (mode.as_deref().unwrap_or("prefer"), &roots) {
            ("disable", _) => (SslMode::Disable, Check::Nothing),
            ("prefer", _) => (SslMode::Prefer, Check::Nothing),
            ("require", None) => (SslMode::Require, Check::Nothing),
            ("require" | "verify-ca", _) => (SslMode::Require, Check::Authority),
            ("verify-full", _) => (SslMode::Require, Check::AuthorityAndName),
            (other, _) => {
                return Err(format!(
                    "sslmode is disable, prefer, require, verify-ca or verify-full, not {other}"
                ));
            }
        };
        config.ssl_mode(ssl);
        config.application_name("guildhall");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        Ok(Self { config, tls: MakeRustlsConnect::new(tls_config(check, roots.as_deref())?) })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Nothing,
    Authority,
    AuthorityAndName,
}

fn tls_config(check: Check, roots_file: Option<&str>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    if let Some(file) = roots_file {
        for cert in CertificateDer::pem_file_iter(file).map_err(|e| format!("sslrootcert {file}: {e}"))? {
            let cert = cert.map_err(|e| format!("sslrootcert {file}: {e}"))?;
            roots.add(cert).map_err(|e| format!("sslrootcert {file}: {e}"))?;
        }
    } else if check != Check::Nothing {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let inner = match check {
        Check::Nothing => None,
        _ => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(|e| format!("sslrootcert: {e}"))?,
        ),
    };
    let verifier = Arc::new(Verifier { check, inner, provider: provider.clone() });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Verifies a server certificate as far as `sslmode` demands: not at all, its authority, or also the host name.
#[derive(Debug)]
struct Verifier {
    check: Check,
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        let Some(inner) = &self.inner else {
            return Ok(ServerCertVerified::assertion());
        };
        match inner.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if self.check == Check::Authority =>
            {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Target {
    /// Opens a separate connection, for migrations and for the checks at the start.
    pub(in crate::db) async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(|error| {
            tracing::error!(%error, target = ?self, "failed to connect to PostgreSQL");
            Error::internal(format!("can't connect to PostgreSQL at {self:?}: {}", chain(&error)))
        })?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub(in crate::db) async fn probe(&self) -> Result<Probe> {
        let sql = "select current_setting('server_version'), (extract(epoch from clock_timestamp()) * 1000)::bigint";
        let row = self.connect().await?.query_one(sql, &[]).await.map_err(refused)?;
        let version: &str = row.get(0);
        Ok(Probe { engine: format!("PostgreSQL {version}"), now: Some(Time::from_millis(row.get(1))) })
    }
}
