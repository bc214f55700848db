//! The outline of a file: what it is by its first bytes, how many pixels it says to have, and whether its end is there. It
//! decodes nothing.

use super::NoPicture;

/// A format that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
}

/// What a file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
}

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Reads the outline of a file.
pub(super) fn read(raw: &[u8]) -> Result<Header, NoPicture> {
    if raw.starts_with(JPEG) {
        return jpeg(raw);
    }
    raw.strip_prefix(PNG).map_or(Err(NoPicture::OtherKind), png)
}

/// Walks along the segments to the end of the picture. A file that is cut off has no end, and a decoder that does not mind
/// would show a grey half.
fn jpeg(raw: &[u8]) -> Result<Header, NoPicture> {
    let mut rest = raw.get(2..).unwrap_or_default();
    let mut size = None;
    loop {
        let (marker, after) = marker(rest)?;
        match marker {
            // End of image.
            0xD9 => {
                let (width, height) = size.ok_or(NoPicture::Broken)?;
                return Ok(Header { format: Format::Jpeg, width, height });
            }
            // Markers that stand alone.
            0x01 | 0xD0..=0xD8 => rest = after,
            _ => {
                let length = usize::from(two(after).ok_or(NoPicture::Broken)?);
                let segment = after.get(2..length).ok_or(NoPicture::Broken)?;
                rest = after.get(length..).ok_or(NoPicture::Broken)?;
                if is_start_of_frame(marker) {
                    size = Some(frame_size(segment)?);
                }
                // Start of scan: what follows is the picture itself, up to the next real marker.
                if marker == 0xDA {
                    rest = after_scan(rest).ok_or(NoPicture::Broken)?;
                }
            }
        }
    }
}

/// The next marker, and what follows it. Fill bytes before it are allowed.
fn marker(bytes: &[u8]) -> Result<(u8, &[u8]), NoPicture> {
    let Some((0xFF, mut rest)) = bytes.split_first() else {
        return Err(NoPicture::Broken);
    };
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            0xFF => rest = after,
            0x00 => return Err(NoPicture::Broken),
            marker => return Ok((marker, after)),
        }
    }
    Err(NoPicture::Broken)
}

/// Frames of every kind; the codes between them are tables.
fn is_start_of_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

fn frame_size(segment: &[u8]) -> Result<(u32, u32), NoPicture> {
    let height = segment.get(1..3).and_then(two);
    let width = segment.get(3..5).and_then(two);
    match (width, height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => Ok((width.into(), height.into())),
        _ => Err(NoPicture::Broken),
    }
}

/// What begins with the first marker behind the data of a scan. In the data `FF` is followed by 0, or by a restart mark.
fn after_scan(bytes: &[u8]) -> Option<&[u8]> {
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let at = pairs.enumerate().find_map(|(at, (&first, &second))| {
        let marks = first == 0xFF && !matches!(second, 0x00 | 0xD0..=0xD7 | 0xFF);
        marks.then_some(at)
    })?;
    bytes.get(at..)
}

/// Walks along the chunks to the last one.
fn png(chunks: &[u8]) -> Result<Header, NoPicture> {
    let mut rest = chunks;
    let mut size = None;
    loop {
        let length = rest.get(..4).and_then(four).and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or(NoPicture::Broken)?;
        let name = rest.get(4..8).ok_or(NoPicture::Broken)?;
        let data = rest.get(8..).and_then(|rest| rest.get(..length)).ok_or(NoPicture::Broken)?;
        // Behind the data stand four bytes of checksum, which the decoder looks at.
        rest = length.checked_add(12).and_then(|whole| rest.get(whole..)).ok_or(NoPicture::Broken)?;
        match (name, size) {
            (b"IHDR", None) => {
                let (width, height) = (data.get(..4).and_then(four), data.get(4..8).and_then(four));
                let both = width.zip(height).filter(|(width, height)| *width > 0 && *height > 0);
                size = Some(both.ok_or(NoPicture::Broken)?);
            }
            (_, None) => return Err(NoPicture::Broken),
            (b"IEND", Some((width, height))) => return Ok(Header { format: Format::Png, width, height }),
            (_, Some(_)) => {}
        }
    }
}

fn two(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().copied().map(u16::from_be_bytes)
}

fn four(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}
