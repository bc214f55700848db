//! Whether bytes are a picture that a face vendor can read. It keeps none.

use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{ImageFormat, ImageReader, Limits};
use serde::Serialize;

/// Of the base64 text, as the vendor counts.
const LARGEST: usize = 3 * 1024 * 1024;
const WIDEST: u32 = 8192;
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// A kind of picture that the vendor reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Its kind.
    pub format: Format,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Its size as a file.
    pub size_bytes: usize,
}

/// Why it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPicture {
    TooLarge,
    Base64,
    Undecodable,
}

impl Picture {
    /// Decodes the whole of it.
    pub(super) fn read(base64: &str) -> Result<Self, NoPicture> {
        if base64.len() > LARGEST {
            return Err(NoPicture::TooLarge);
        }
        let bytes = STANDARD.decode(base64).map_err(|_not_base64| NoPicture::Base64)?;
        let format = match image::guess_format(&bytes) {
            Ok(ImageFormat::Jpeg) => Format::Jpeg,
            Ok(ImageFormat::Png) => Format::Png,
            Ok(_) | Err(_) => return Err(NoPicture::Undecodable),
        };
        let mut limits = Limits::default();
        limits.max_image_width = Some(WIDEST);
        limits.max_image_height = Some(WIDEST);
        limits.max_alloc = Some(MOST_MEMORY);
        let mut reader = ImageReader::new(Cursor::new(&bytes));
        reader.set_format(match format {
            Format::Jpeg => ImageFormat::Jpeg,
            Format::Png => ImageFormat::Png,
        });
        reader.limits(limits);
        let decoded = reader.decode().map_err(|_undecodable| NoPicture::Undecodable)?;
        Ok(Self { format, width: decoded.width(), height: decoded.height(), size_bytes: bytes.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_pictures_are_pictures() {
        let mut png = Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(30, 20).write_to(&mut png, ImageFormat::Png).unwrap();
        let png = png.into_inner();
        let read = Picture::read(&STANDARD.encode(&png)).unwrap();
        assert_eq!((read.format, read.width, read.height), (Format::Png, 30, 20));
        assert_eq!(Picture::read(&STANDARD.encode(&png[..40])), Err(NoPicture::Undecodable));
        assert_eq!(Picture::read(&STANDARD.encode("%PDF-1.7")), Err(NoPicture::Undecodable));
        assert_eq!(Picture::read("no base64!"), Err(NoPicture::Base64));
        assert_eq!(Picture::read(&"A".repeat(LARGEST + 4)), Err(NoPicture::TooLarge));
    }
}
