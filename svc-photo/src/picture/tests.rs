//! Pictures made here, good ones and bad ones.

use std::time::Instant;

use bytes::Bytes;
use image::{GenericImageView, GrayImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [red, green, blue, ..] = state.to_be_bytes();
        Rgb([red, green, blue])
    })
}

/// Dark, with a white corner at the top left.
fn corner(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 2 && y < height / 2 { Rgb([255, 255, 255]) } else { Rgb([20, 20, 20]) }
    })
}

fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    written(image.clone(), ImageFormat::Jpeg)
}

/// A JPEG with an EXIF segment: the orientation, and a text where a camera writes its owner.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"owner: somebody");
    let length = u16::try_from(exif.len() + 2).unwrap();
    [&jpeg[..2], &[0xFF, 0xE1], &length.to_be_bytes(), &exif, &jpeg[2..]].concat()
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    let small = written(GrayImage::new(1, 1), ImageFormat::Png);
    let mut bomb = small;
    bomb[16..20].copy_from_slice(&width.to_be_bytes());
    bomb[20..24].copy_from_slice(&height.to_be_bytes());
    bomb
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn a_jpeg_and_a_png_become_an_upright_jpeg() {
    for raw in [jpeg(&corner(64, 48)), written(corner(64, 48), ImageFormat::Png)] {
        let picture = develop(&raw).unwrap();
        assert_eq!((picture.quality.width, picture.quality.height), (64, 48));
        assert!(picture.jpeg.starts_with(&[0xFF, 0xD8, 0xFF]));
        assert_eq!(picture.quality.sha256, hex::encode(Sha256::digest(&picture.jpeg)));
        assert_eq!(image::load_from_memory(&picture.jpeg).unwrap().dimensions(), (64, 48));
    }
}

#[test]
fn the_orientation_of_the_camera_is_applied_and_its_notes_are_dropped() {
    let raw = with_exif(&jpeg(&corner(64, 48)), 6);
    assert!(contains(&raw, b"somebody"));
    let picture = develop(&raw).unwrap();
    assert_eq!((picture.quality.width, picture.quality.height), (48, 64));
    let upright = image::load_from_memory(&picture.jpeg).unwrap();
    // Turned clockwise, the white corner stands at the top right.
    assert!(upright.get_pixel(44, 3).0[0] > 200 && upright.get_pixel(3, 3).0[0] < 80);
    assert!(!contains(&picture.jpeg, b"Exif") && !contains(&picture.jpeg, b"somebody"));
}

#[test]
fn what_hangs_behind_a_picture_is_dropped() {
    for raw in [jpeg(&corner(64, 48)), written(corner(64, 48), ImageFormat::Png)] {
        let polyglot = [&raw[..], b"<script>alert(1)</script>"].concat();
        assert!(!contains(&develop(&polyglot).unwrap().jpeg, b"script"));
    }
}

#[test]
fn other_files_are_refused_by_what_they_are_not_by_their_name() {
    let cases: [&[u8]; 7] = [
        b"%PDF-1.7\n1 0 obj",
        b"  <!doctype html><script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\0\x01\0",
        b"\0\0\0\x18ftypheic",
        b"just some text",
        b"",
    ];
    for raw in cases {
        assert_eq!(develop(raw).unwrap_err(), NoPicture::OtherKind);
    }
}

#[test]
fn a_refusal_points_at_the_file_in_both_languages() {
    let failure = Failure::from(develop(b"%PDF-1.7").unwrap_err());
    assert_eq!(failure.status(), 422);
    let [error] = failure.errors() else { panic!("{failure:?}") };
    assert_eq!((error.pointer.as_str(), error.rule.as_str()), ("/file", "picture.kind"));
    assert!(error.message.contains("JPEG") && error.message_en.contains("JPEG"));
}

#[test]
fn a_bomb_is_refused_before_it_unfolds() {
    let mut huge = jpeg(&corner(64, 48));
    let at = huge.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    huge[at + 5..at + 9].copy_from_slice(&[0x9C, 0x40, 0x9C, 0x40]);
    for raw in [png_header(40_000, 40_000), huge, png_header(12_001, 1), png_header(12_000, 12_000)] {
        let began = Instant::now();
        assert!(matches!(develop(&raw).unwrap_err(), NoPicture::TooManyPixels));
        assert!(began.elapsed().as_millis() < 50, "took {:?}", began.elapsed());
    }
}

#[test]
fn a_file_above_two_megabytes_is_too_large() {
    let mut raw = jpeg(&corner(64, 48));
    raw.resize(MAX_BYTES + 1, 0);
    assert_eq!(develop(&raw).unwrap_err(), NoPicture::TooLarge);
    assert_eq!(Failure::from(NoPicture::TooLarge).status(), 413);
}

#[test]
fn a_picture_that_grows_when_it_is_written_anew_is_made_small_enough() {
    // Noise does not compress: at the best quality it is larger than it may be.
    let raw = {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 18).encode_image(&noise(2200, 1800)).unwrap();
        bytes
    };
    assert!(raw.len() <= MAX_BYTES, "{}", raw.len());
    let picture = develop(&raw).unwrap();
    assert!(picture.jpeg.len() <= MAX_BYTES, "{}", picture.jpeg.len());
    assert_eq!(
        image::load_from_memory(&picture.jpeg).unwrap().dimensions(),
        (picture.quality.width, picture.quality.height)
    );
}

#[test]
fn what_is_transparent_becomes_white() {
    let clear = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
    let picture = develop(&written(clear, ImageFormat::Png)).unwrap();
    assert!(image::load_from_memory(&picture.jpeg).unwrap().get_pixel(10, 10).0[0] > 250);
}

#[test]
fn a_blurred_and_a_dark_picture_are_told_by_their_numbers() {
    let sharp = RgbImage::from_fn(400, 300, |x, y| if (x / 8 + y / 8) % 2 == 0 { Rgb([230; 3]) } else { Rgb([30; 3]) });
    let blurred = image::imageops::blur(&sharp, 4.0);
    let dark = RgbImage::from_pixel(400, 300, Rgb([25; 3]));
    let of = |image: &RgbImage| develop(&jpeg(image)).unwrap().quality;
    assert!(of(&sharp).sharpness > 10.0 * of(&blurred).sharpness);
    assert!(of(&dark).brightness < 40.0 && of(&sharp).brightness > 90.0);
    assert!(of(&dark).sharpness < 1.0);
}

#[tokio::test]
async fn a_studio_lets_only_so_many_in() {
    let studio = Studio::new(1);
    let raw = Bytes::from(jpeg(&corner(64, 48)));
    let all = futures::future::join_all((0..4).map(|_| studio.develop(raw.clone()))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(studio.develop(Bytes::from_static(b"%PDF-1.7")).await.unwrap_err().status(), 422);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_picture_of_any_size_keeps_its_size(width in 1_u32..200, height in 1_u32..200) {
        let picture = develop(&jpeg(&noise(width, height))).unwrap();
        prop_assert_eq!((picture.quality.width, picture.quality.height), (width, height));
    }

    #[test]
    fn a_picture_that_is_cut_off_is_refused(cut in 0.0_f64..1.0, png in any::<bool>()) {
        let format = if png { ImageFormat::Png } else { ImageFormat::Jpeg };
        let whole = written(noise(60, 40), format);
        let kept = ((whole.len() - 1) as f64 * cut) as usize;
        prop_assert!(develop(&whole[..kept]).is_err());
    }

    #[test]
    fn no_bytes_bring_it_down(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), start in 0..3_usize) {
        let starts: [&[u8]; 3] = [b"", &[0xFF, 0xD8, 0xFF], b"\x89PNG\r\n\x1a\n"];
        let raw = [starts[start], &bytes].concat();
        bytes.clear();
        drop(develop(&raw));
    }

    #[test]
    fn no_changed_byte_brings_it_down(at in 0.0_f64..1.0, byte in any::<u8>(), png in any::<bool>()) {
        let format = if png { ImageFormat::Png } else { ImageFormat::Jpeg };
        let mut raw = written(noise(40, 30), format);
        let place = (raw.len() as f64 * at) as usize;
        raw[place] = byte;
        if let Ok(picture) = develop(&raw) {
            prop_assert!(picture.jpeg.len() <= MAX_BYTES);
        }
    }
}
