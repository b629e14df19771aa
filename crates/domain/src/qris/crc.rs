//! The check value of a code: CRC-16/CCITT-FALSE.

/// Four capital hexadecimal digits.
pub(super) fn text(checked: &str) -> String {
    format!("{:04X}", checksum(checked.as_bytes()))
}

fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 { shifted } else { shifted ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_the_specification_is_calculated() {
        assert_eq!(checksum(b"123456789"), 0x29B1);
    }

    #[test]
    fn leading_zeros_are_written() {
        // T67: 00D7 was written as D7.
        let short = (0..10_000).map(|n| n.to_string()).find(|text| checksum(text.as_bytes()) < 0x0100).unwrap();
        assert_eq!(text(&short).len(), 4);
    }
}
