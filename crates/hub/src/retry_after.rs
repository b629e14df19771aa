//! Random `Retry-After` seconds for rejected clients, so that a fleet does not return all at once.

/// Minimum and maximum seconds.
const RETRY_AFTER_S: (u32, u32) = (1, 8);

/// Seconds for `Retry-After`; `random` is any random number.
pub(crate) fn spread_s(random: u32) -> u32 {
    let (least, most) = RETRY_AFTER_S;
    least + random % (most - least + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_clients_retry_at_different_times() {
        assert_eq!((spread_s(0), spread_s(7), spread_s(8)), (1, 8, 1));
    }
}
