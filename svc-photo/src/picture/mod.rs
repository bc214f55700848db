//! From bytes that somebody sent to a picture that is safe to keep: real decoding within limits, upright, without what a
//! camera wrote into it. It knows no order and no store.

mod outline;
#[cfg(test)]
#[expect(clippy::as_conversions, reason = "places in files that the tests make")]
mod tests;

use std::{io::Cursor, sync::Arc};

use chassis::failure::Failure;
use domain::photo::{MAX_BYTES, MAX_DECODED, MAX_EDGE};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use outline::Format;

/// The qualities that are tried before a picture is made smaller.
const QUALITIES: [u8; 4] = [88, 76, 64, 52];
/// Bytes that one decoded pixel may take.
const CHANNELS: u64 = 4;
/// The width of the small grey copy on which brightness and sharpness are measured.
const MEASURED_WIDTH: u32 = 512;

/// What can be said of a picture without knowing what it shows; reviewers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Size in bytes as it is kept.
    pub bytes: usize,
    /// SHA-256 of what is kept, in hexadecimal digits.
    pub sha256: String,
    /// Mean brightness, 0 (black) to 255.
    pub brightness: f32,
    /// Variance of the Laplacian on a small grey copy: the smaller, the more blurred.
    pub sharpness: f32,
}

/// A picture as it is kept: always JPEG, at most 2 MB.
#[derive(Debug)]
pub struct Picture {
    /// The JPEG.
    pub jpeg: Vec<u8>,
    /// What can be said of it.
    pub quality: Quality,
}

/// Why bytes are no picture that we keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// More than 2 MB.
    #[error("larger than 2 MB")]
    TooLarge,
    /// Neither JPEG nor PNG by their first bytes, whatever the name says.
    #[error("neither JPEG nor PNG")]
    OtherKind,
    /// Wider or higher than allowed, or too much to decode.
    #[error("more pixels than allowed")]
    TooManyPixels,
    /// It begins like a picture and does not go on like one.
    #[error("broken or cut off")]
    Broken,
}

impl From<NoPicture> for Failure {
    fn from(why: NoPicture) -> Self {
        let (rule, message) = match why {
            NoPicture::TooLarge => {
                return Self::too_large("A picture may have at most 2 MB.").at(
                    "/file",
                    "picture.size",
                    "图片不能超过 2 MB / A picture may have at most 2 MB",
                );
            }
            NoPicture::OtherKind => (
                "picture.kind",
                "只接受 JPEG 或 PNG 图片，文件内容与此不符 / Only JPEG and PNG are taken, and this is neither",
            ),
            NoPicture::TooManyPixels => {
                ("picture.pixels", "图片像素过大，请缩小后再上传 / The picture has too many pixels; make it smaller")
            }
            NoPicture::Broken => (
                "picture.broken",
                "图片已损坏或不完整，请重新导出后上传 / The picture is broken or cut off; export it again",
            ),
        };
        Self::rejected("This is no picture that can be taken.", Vec::new()).at("/file", rule, message)
    }
}

/// Decodes on its own threads, a few pictures at a time: each may take much memory.
#[derive(Clone)]
pub struct Studio(Arc<Semaphore>);

impl Studio {
    /// A studio for so many pictures at a time.
    #[must_use]
    pub fn new(at_a_time: u16) -> Self {
        Self(Arc::new(Semaphore::new(usize::from(at_a_time.max(1)))))
    }

    /// Takes a picture in.
    pub async fn develop(&self, bytes: bytes::Bytes) -> Result<Picture, Failure> {
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(Failure::internal)?;
        let work = tokio::task::spawn_blocking(move || {
            let developed = develop(&bytes);
            // Freed when the memory is, even if whoever asked has gone meanwhile.
            drop(place);
            developed
        });
        Ok(work.await.map_err(|_panicked| Failure::internal("a decoder panicked"))??)
    }
}

/// Takes a picture in: what is kept is written anew, so that nothing of the original but its pixels survives.
pub fn develop(bytes: &[u8]) -> Result<Picture, NoPicture> {
    if bytes.len() > MAX_BYTES {
        return Err(NoPicture::TooLarge);
    }
    let picture = decode(bytes)?;
    let (brightness, sharpness) = measure(&picture);
    let (jpeg, width, height) = encode(picture)?;
    let sha256 = hex::encode(Sha256::digest(&jpeg));
    let quality = Quality { width, height, bytes: jpeg.len(), sha256, brightness, sharpness };
    Ok(Picture { jpeg, quality })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, NoPicture> {
    // The headers alone: a bomb is refused here, before anything unfolds, and so is what has no end.
    let outline = outline::read(bytes)?;
    let decoded = u64::from(outline.width).saturating_mul(u64::from(outline.height)).saturating_mul(CHANNELS);
    if outline.width > MAX_EDGE || outline.height > MAX_EDGE || decoded > MAX_DECODED {
        return Err(NoPicture::TooManyPixels);
    }
    let format = match outline.format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    decoder.set_limits(limits()).map_err(|error| why(&error))?;
    let upright = decoder.orientation().map_err(|error| why(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    picture.apply_orientation(upright);
    Ok(picture)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_EDGE);
    limits.max_image_height = Some(MAX_EDGE);
    limits.max_alloc = Some(MAX_DECODED);
    limits
}

fn why(error: &image::ImageError) -> NoPicture {
    match error {
        image::ImageError::Limits(_) => NoPicture::TooManyPixels,
        image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::Unsupported(_)
        | image::ImageError::IoError(_) => NoPicture::Broken,
    }
}

/// Written anew until it is small enough: with less quality first, then with fewer pixels. Answers its size as well.
fn encode(picture: DynamicImage) -> Result<(Vec<u8>, u32, u32), NoPicture> {
    let mut rgb = on_white(picture);
    loop {
        let (width, height) = rgb.dimensions();
        for quality in QUALITIES {
            let mut jpeg = Vec::new();
            JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(&rgb).map_err(|error| why(&error))?;
            if jpeg.len() <= MAX_BYTES {
                return Ok((jpeg, width, height));
            }
        }
        let smaller = |edge: u32| (edge.saturating_mul(3) / 4).max(1);
        rgb = image::imageops::resize(&rgb, smaller(width), smaller(height), FilterType::Triangle);
    }
}

/// A JPEG has no transparency: what shines through is paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let layered = picture.into_rgba8();
    RgbImage::from_fn(layered.width(), layered.height(), |x, y| {
        let [red, green, blue, alpha] = layered.get_pixel(x, y).0;
        let mix = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    })
}

/// Mean brightness, and the variance of the Laplacian.
fn measure(picture: &DynamicImage) -> (f32, f32) {
    let height = picture.height().saturating_mul(MEASURED_WIDTH) / picture.width().max(1);
    let small = picture.resize_exact(MEASURED_WIDTH, height.clamp(1, MEASURED_WIDTH * 4), FilterType::Triangle);
    let grey = small.to_luma8();
    let at = |x: u32, y: u32| grey.get_pixel_checked(x, y).map_or(0.0, |pixel| f32::from(pixel.0[0]));
    let (mut sum, mut edges, mut squares, mut count) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for y in 1..grey.height().saturating_sub(1) {
        for x in 1..grey.width().saturating_sub(1) {
            let here = at(x, y);
            let edge = f64::from(at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * here);
            sum += f64::from(here);
            edges += edge;
            squares += edge * edge;
            count += 1.0;
        }
    }
    if count == 0.0 {
        return (at(0, 0), 0.0);
    }
    let mean = edges / count;
    (narrow(sum / count), narrow(squares / count - mean * mean))
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a measure for people; digits may go")]
fn narrow(value: f64) -> f32 {
    value as f32
}
