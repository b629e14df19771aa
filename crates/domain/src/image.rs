//! Images of products: which files are accepted.
//!
//! A file is accepted if its structure is that of its type from the first to the last byte, so that no browser can read it
//! as something else. Its pixels are not decoded. Vector images are not accepted: they can contain programs.

use thiserror::Error;

use crate::string_enum::string_enum;

/// Maximum size of a file.
pub const MAX_BYTES: usize = 256 << 10;
/// Maximum width and height in pixels.
pub const MAX_SIDE: u32 = 2_048;

/// The type of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageType {
    /// WebP, without animation.
    Webp,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

string_enum!(ImageType { Webp: "image/webp", Png: "image/png", Jpeg: "image/jpeg" });

/// Why a file is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ImageRefused {
    /// It is of no known type.
    #[error("the file is no WebP, PNG or JPEG image")]
    UnknownType,
    /// It is incomplete or has bytes that do not belong to it.
    #[error("the image file is damaged")]
    Damaged,
    /// Width or height is zero or more than [`MAX_SIDE`].
    #[error("the image has {width} × {height} pixels")]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
}

/// Width and height in pixels.
type Size = (u32, u32);

/// The type of an image file.
///
/// # Errors
/// [`ImageRefused`].
pub fn check(bytes: &[u8]) -> Result<ImageType, ImageRefused> {
    let (image_type, size) = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => (ImageType::Png, png(bytes)),
        [0xff, 0xd8, 0xff, ..] => (ImageType::Jpeg, jpeg(bytes)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => (ImageType::Webp, webp(bytes)),
        _ => return Err(ImageRefused::UnknownType),
    };
    let (width, height) = size.ok_or(ImageRefused::Damaged)?;
    let is_allowed = |side: u32| (1..=MAX_SIDE).contains(&side);
    if is_allowed(width) && is_allowed(height) { Ok(image_type) } else { Err(ImageRefused::Size { width, height }) }
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Chunks of length, name, data and checksum: IHDR with the size first, IEND last.
fn png(bytes: &[u8]) -> Option<Size> {
    let mut size = None;
    let mut at = 8;
    loop {
        let length = usize::try_from(u32::from_be_bytes(part(bytes, at)?)).ok()?;
        let name: [u8; 4] = part(bytes, at + 4)?;
        let end = at.checked_add(length)?.checked_add(12).filter(|&end| end <= bytes.len())?;
        match (&name, size) {
            (b"IHDR", None) if length == 13 => {
                size = Some((u32::from_be_bytes(part(bytes, at + 8)?), u32::from_be_bytes(part(bytes, at + 12)?)));
            }
            (b"IHDR", _) | (_, None) => return None,
            (b"IEND", _) => return size.filter(|_| length == 0 && end == bytes.len()),
            _ => {}
        }
        at = end;
    }
}

/// Segments that begin with 0xff and a marker. A frame header has the size; image data follows each scan header; the end
/// marker is last.
fn jpeg(bytes: &[u8]) -> Option<Size> {
    let mut size = None;
    let mut at = 2;
    loop {
        let [0xff, marker] = part::<2>(bytes, at)? else { return None };
        at += 2;
        match marker {
            // Any number of 0xff may precede a marker.
            0xff => at -= 1,
            0xd9 => return size.filter(|_| at == bytes.len()),
            0x00 | 0x01 | 0xd0..=0xd8 => return None,
            _ => {
                let length = usize::from(u16::from_be_bytes(part(bytes, at)?));
                if length < 2 {
                    return None;
                }
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    if size.is_some() || length < 8 {
                        return None;
                    }
                    let (height, width) = (part::<2>(bytes, at + 3)?, part::<2>(bytes, at + 5)?);
                    size = Some((u16::from_be_bytes(width).into(), u16::from_be_bytes(height).into()));
                }
                at += length;
                if marker == 0xda {
                    // In image data, 0xff is followed by zero or a restart marker.
                    while !matches!(part::<2>(bytes, at)?, [0xff, next] if !matches!(next, 0x00 | 0xd0..=0xd7)) {
                        at += 1;
                    }
                }
            }
        }
    }
}

/// The flag of an animation in the header of an extended WebP file.
const ANIMATED: u8 = 0b10;

/// Chunks of name, length and data, padded to an even length. The first has the size.
fn webp(bytes: &[u8]) -> Option<Size> {
    let length = |at: usize| usize::try_from(u32::from_le_bytes(part(bytes, at)?)).ok();
    if length(4)?.checked_add(8)? != bytes.len() {
        return None;
    }
    let mut canvas = None;
    let mut image = None;
    let mut at = 12;
    while at < bytes.len() {
        let (name, data): ([u8; 4], usize) = (part(bytes, at)?, at + 8);
        let end = data.checked_add(length(at + 4)?)?;
        if end > bytes.len() {
            return None;
        }
        match &name {
            b"VP8X" if at == 12 => {
                let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = part::<10>(bytes, data)?;
                if flags & ANIMATED != 0 {
                    return None;
                }
                let side = |bytes: [u8; 3]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) + 1;
                canvas = Some((side([w0, w1, w2]), side([h0, h1, h2])));
            }
            b"VP8 " if image.is_none() => {
                let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = part::<10>(bytes, data)? else { return None };
                // The upper two bits are a scale.
                let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
                image = Some((side([w0, w1]), side([h0, h1])));
            }
            b"VP8L" if image.is_none() => {
                let [0x2f, b0, b1, b2, b3] = part::<5>(bytes, data)? else { return None };
                let bits = u32::from_le_bytes([b0, b1, b2, b3]);
                image = Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1));
            }
            b"VP8X" | b"VP8 " | b"VP8L" | b"ANIM" | b"ANMF" => return None,
            _ if canvas.is_none() => return None,
            _ => {}
        }
        at = end + end % 2;
    }
    // An image that is not as large as its canvas is not decoded.
    image.filter(|image| at == bytes.len() && canvas.is_none_or(|canvas| canvas == *image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let chunk = |name: &[u8], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_be_bytes();
            [&length[..], name, data, &[0; 4]].concat()
        };
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        let file = [chunk(b"IHDR", &header), chunk(b"IDAT", &[1, 2, 3]), chunk(b"IEND", &[])].concat();
        [&[0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'][..], &file].concat()
    }

    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, b'J', b'F', 0xff, 0xff, 0xc2, 0, 11, 8];
        file.extend(height.to_be_bytes());
        file.extend(width.to_be_bytes());
        file.extend([1, 1, 0x11, 0]);
        for _ in 0..2 {
            file.extend([0xff, 0xda, 0, 3, 0, 7, 0xff, 0x00, 8, 0xff, 0xd3, 9]);
        }
        file.extend([0xff, 0xd9]);
        file
    }

    fn webp_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (name, data) in chunks {
            body.extend(*name);
            body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            body.extend(*data);
            body.extend(vec![0; data.len() % 2]);
        }
        [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
    }

    /// 512 × 256 in each form.
    const LOSSY: (&[u8; 4], &[u8]) = (b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 0, 2, 0, 1, 7]);
    const LOSSLESS: (&[u8; 4], &[u8]) = (b"VP8L", &[0x2f, 0xff, 0xc1, 0x3f, 0]);
    const CANVAS: (&[u8; 4], &[u8]) = (b"VP8X", &[0x10, 0, 0, 0, 0xff, 1, 0, 0xff, 0, 0]);

    fn files() -> Vec<(ImageType, Vec<u8>)> {
        vec![
            (ImageType::Png, png_of(512, 256)),
            (ImageType::Jpeg, jpeg_of(512, 256)),
            (ImageType::Webp, webp_of(&[LOSSY])),
            (ImageType::Webp, webp_of(&[LOSSLESS])),
            (ImageType::Webp, webp_of(&[CANVAS, (b"ICCP", &[1, 2, 3]), LOSSY, (b"EXIF", &[1])])),
        ]
    }

    #[test]
    fn images_of_each_type_are_accepted() {
        for (image_type, file) in files() {
            assert_eq!(check(&file), Ok(image_type));
        }
    }

    #[test]
    fn a_file_that_is_cut_or_continued_is_damaged() {
        for (_, file) in files() {
            for end in 0..file.len() {
                assert!(check(&file[..end]).is_err(), "{end} of {file:?}");
            }
            for more in [&b"<script>"[..], &[0], &[0xff, 0xd9], &file] {
                assert_eq!(check(&[&file, more].concat()), Err(ImageRefused::Damaged), "{file:?} {more:?}");
            }
        }
    }

    #[test]
    fn changed_bytes_never_cause_a_panic() {
        for (_, file) in files() {
            for at in 0..file.len() {
                for byte in [0, 1, 0x7f, 0x80, 0xfe, 0xff] {
                    let mut changed = file.clone();
                    changed[at] = byte;
                    let _ = check(&changed);
                }
            }
        }
    }

    #[test]
    fn other_files_and_sizes_are_refused() {
        for file in
            [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"%PDF-1.7", b"RIFF\0\0\0\0WAVE"]
        {
            assert_eq!(check(file), Err(ImageRefused::UnknownType), "{file:?}");
        }
        for (width, height) in [(0, 1), (1, 0), (MAX_SIDE + 1, 1), (1, 60_000)] {
            assert_eq!(check(&png_of(width, height)), Err(ImageRefused::Size { width, height }));
            let (wide, high) = (u16::try_from(width).unwrap(), u16::try_from(height).unwrap());
            assert_eq!(check(&jpeg_of(wide, high)), Err(ImageRefused::Size { width, height }));
        }
        assert!(check(&png_of(MAX_SIDE, MAX_SIDE)).is_ok());
        let animated: (&[u8; 4], &[u8]) = (b"VP8X", &[0x12, 0, 0, 0, 0xff, 1, 0, 0xff, 0, 0]);
        let other_canvas: (&[u8; 4], &[u8]) = (b"VP8X", &[0x10, 0, 0, 0, 0xff, 7, 0, 0xff, 0, 0]);
        for chunks in [
            &[][..],
            &[CANVAS],
            &[animated, LOSSY],
            &[other_canvas, LOSSY],
            &[LOSSY, LOSSY],
            &[LOSSY, CANVAS],
            &[(b"EXIF", &[1][..]), LOSSY],
        ] {
            assert_eq!(check(&webp_of(chunks)), Err(ImageRefused::Damaged), "{chunks:?}");
        }
    }
}
