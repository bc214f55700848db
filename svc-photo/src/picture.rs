//! From bytes that somebody sent to a picture that is safe to keep: real decoding within limits, upright, without what a
//! camera wrote into it. It knows no order and no store.

use std::{io::Cursor, sync::Arc};

use chassis::failure::Failure;
use domain::photo::{MAX_BYTES, MAX_DECODED, MAX_EDGE};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// The first quality that is tried when a picture is written anew, and how far it may sink.
const BEST: u8 = 88;
const WORST: u8 = 40;
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
        let _place = self.0.acquire().await.map_err(Failure::internal)?;
        let work = tokio::task::spawn_blocking(move || develop(&bytes));
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
    let (width, height) = (picture.width(), picture.height());
    let jpeg = encode(&picture)?;
    let sha256 = hex::encode(Sha256::digest(&jpeg));
    let quality = Quality { width, height, bytes: jpeg.len(), sha256, brightness, sharpness };
    Ok(Picture { jpeg, quality })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, NoPicture> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png)) => format,
        Ok(_) | Err(_) => return Err(NoPicture::OtherKind),
    };
    if !is_whole(bytes, format) {
        return Err(NoPicture::Broken);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    if width > MAX_EDGE || height > MAX_EDGE {
        return Err(NoPicture::TooManyPixels);
    }
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

/// Whether the end is there. The JPEG decoder fills what is missing with grey and says nothing.
fn is_whole(bytes: &[u8], format: ImageFormat) -> bool {
    const END_OF_JPEG: [u8; 2] = [0xff, 0xd9];
    const END_OF_PNG: &[u8; 8] = b"IEND\xae\x42\x60\x82";
    if format == ImageFormat::Png {
        return bytes.windows(END_OF_PNG.len()).any(|part| part == END_OF_PNG);
    }
    // A thumbnail inside has an end of its own, far from the end of the file.
    let tail = bytes.len().saturating_sub(64 * 1024).max(bytes.len() / 2);
    bytes.get(tail..).is_some_and(|tail| tail.windows(2).any(|pair| pair == END_OF_JPEG))
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, NoPicture> {
    let rgb = picture.to_rgb8();
    let mut quality = BEST;
    loop {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(&rgb).map_err(|error| why(&error))?;
        if jpeg.len() <= MAX_BYTES {
            return Ok(jpeg);
        }
        if quality <= WORST {
            return Err(NoPicture::TooManyPixels);
        }
        quality = quality.saturating_sub(12).max(WORST);
    }
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

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs::png::PngEncoder};

    use super::*;

    fn checkered(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| if (x / 8 + y / 8) % 2 == 0 { Rgb([240; 3]) } else { Rgb([20; 3]) })
    }

    fn jpeg(picture: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(picture).unwrap();
        bytes
    }

    fn png(picture: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)
            .unwrap();
        bytes
    }

    #[test]
    fn a_jpeg_and_a_png_become_jpegs_of_the_same_size() {
        for bytes in [jpeg(&checkered(320, 200)), png(&checkered(320, 200))] {
            let kept = develop(&bytes).unwrap();
            assert_eq!((kept.quality.width, kept.quality.height), (320, 200));
            assert_eq!(image::guess_format(&kept.jpeg).unwrap(), ImageFormat::Jpeg);
            assert_eq!(kept.quality.sha256, hex::encode(Sha256::digest(&kept.jpeg)));
        }
    }

    #[test]
    fn what_a_camera_wrote_is_gone_and_the_picture_stands_upright() {
        // An EXIF block that says: turn by 90 degrees (orientation 6), made by "SECRET-CAMERA".
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
        exif.extend_from_slice(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        exif.extend_from_slice(b"\x10\x01\x02\0\x0e\0\0\0\x26\0\0\0\0\0\0\0SECRET-CAMERA\0");
        let plain = jpeg(&checkered(320, 200));
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let bytes = [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat();
        let kept = develop(&bytes).unwrap();
        assert_eq!((kept.quality.width, kept.quality.height), (200, 320));
        assert!(!kept.jpeg.windows(13).any(|part| part == b"SECRET-CAMERA"));
    }

    #[test]
    fn what_is_hidden_behind_the_end_is_gone() {
        let bytes = [jpeg(&checkered(64, 64)), b"<script>alert(1)</script>".to_vec()].concat();
        let kept = develop(&bytes).unwrap();
        assert!(!kept.jpeg.windows(8).any(|part| part == b"<script>"));
    }

    #[test]
    fn fakes_are_told_apart() {
        let whole = jpeg(&checkered(640, 480));
        let cases: [(&[u8], NoPicture); 6] = [
            (b"%PDF-1.7\n1 0 obj", NoPicture::OtherKind),
            (b"<html><body>.jpg</body></html>", NoPicture::OtherKind),
            (b"", NoPicture::OtherKind),
            (b"GIF89a\x01\0\x01\0", NoPicture::OtherKind),
            (&whole[..whole.len() / 3], NoPicture::Broken),
            (b"\xff\xd8\xff\xe0\0\x10JFIF nonsense \xff\xd9", NoPicture::Broken),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(develop(bytes).unwrap_err(), wanted);
        }
        assert_eq!(develop(&vec![0; MAX_BYTES + 1]).unwrap_err(), NoPicture::TooLarge);
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        // A PNG that says to be 40,000 x 40,000 pixels: signature, IHDR with its checksum, IEND.
        let mut header = b"IHDR".to_vec();
        header.extend_from_slice(&40_000_u32.to_be_bytes());
        header.extend_from_slice(&40_000_u32.to_be_bytes());
        header.extend_from_slice(&[1, 0, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&crc32(&header).to_be_bytes());
        bytes.extend_from_slice(b"\0\0\0\0IEND\xae\x42\x60\x82");
        assert_eq!(develop(&bytes).unwrap_err(), NoPicture::TooManyPixels);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }

    #[test]
    fn darkness_and_blur_show_in_the_numbers() {
        let sharp = develop(&jpeg(&checkered(800, 600))).unwrap().quality;
        let even = develop(&jpeg(&RgbImage::from_pixel(800, 600, Rgb([12; 3])))).unwrap().quality;
        assert!(sharp.brightness > 100.0 && even.brightness < 20.0);
        assert!(sharp.sharpness > 100.0 * even.sharpness.max(0.01));
    }
}
