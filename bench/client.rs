//! One client on a connection that stays open: it asks, and asks again when it has the answer.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::Outcome;

pub struct Client {
    stream: BufReader<TcpStream>,
    address: String,
    authorization: String,
}

pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// From sending the request until the whole answer was read.
    pub took: Duration,
}

impl Client {
    /// Connects to an address, as somebody with a token, or with an empty one as nobody.
    pub fn connect(address: &str, token: &str) -> Outcome<Self> {
        let authorization =
            if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        Ok(Self { stream: connect(address)?, address: address.to_owned(), authorization })
    }

    /// Sends a request such as `GET /path` or `POST /path {"body": 1}`, and reads the answer. Connects again if the server has
    /// closed the connection, which has been idle for long.
    pub fn ask(&mut self, request: &str) -> Outcome<Answer> {
        self.ask_once(request).or_else(|_| {
            self.stream = connect(&self.address)?;
            self.ask_once(request)
        })
    }

    fn ask_once(&mut self, request: &str) -> Outcome<Answer> {
        let (method, rest) = request.split_once(' ').ok_or("no path")?;
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{}{kind}Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.authorization,
            body.len()
        );
        let started = Instant::now();
        self.stream.get_mut().write_all(text.as_bytes())?;
        let (status, length) = self.head()?;
        let body = match length {
            Some(length) => self.bytes(length)?,
            None => self.chunks()?,
        };
        Ok(Answer { status, body, took: started.elapsed() })
    }

    /// Asks, and fails unless the answer is a success.
    pub fn succeed(&mut self, request: &str) -> Outcome<Answer> {
        let answer = self.ask(request)?;
        if answer.status / 100 == 2 {
            return Ok(answer);
        }
        let body = String::from_utf8_lossy(&answer.body);
        Err(format!("{}: {} {body}", request.get(..200).unwrap_or(request), answer.status).into())
    }

    /// The status, and the length of the body unless it comes in chunks.
    fn head(&mut self) -> Outcome<(u16, Option<usize>)> {
        let status = self.line()?.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut length = Some(0);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", bytes)) => length = Some(bytes.parse()?),
                Some(("transfer-encoding", _)) => length = None,
                Some(_) => {}
                None => return Ok((status, length)),
            }
        }
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the server hung up".into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    fn bytes(&mut self, length: usize) -> Outcome<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn chunks(&mut self) -> Outcome<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
            body.extend(self.bytes(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

fn connect(address: &str) -> Outcome<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}
