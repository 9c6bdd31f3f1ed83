//! How files of text are written, by options.

use clap::Args;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::text::{Encoding, Header, TextFormat};

use crate::arguments::parsed;

/// How files of text are written.
#[derive(Args)]
pub struct Text {
    #[arg(long, value_name = "LABEL", value_parser = parsed::<Encoding>)]
    encoding: Option<Encoding>,
    #[arg(long, value_name = "ANSWER", value_parser = Header::WORDS)]
    header: Option<String>,
}

impl Text {
    /// Each option goes over what is configured.
    pub fn over(&self, configured: TextFormat) -> Result<TextFormat> {
        let header = self.header.as_deref().map(str::parse).transpose()?;
        Ok(TextFormat {
            encoding: self.encoding.or(configured.encoding),
            header: header.unwrap_or(configured.header),
        })
    }
}
