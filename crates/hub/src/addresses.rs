//! Client addresses as rate limits count them.

use std::net::{IpAddr, Ipv6Addr};

/// What one client has: an address; of IPv6 the network of 64 bits in which it can take any.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}
