//! Checks the address of a webhook, so that nobody can make the hub contact machines that only the hub can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// A private address to which no hint is sent; contains the name that resolved to it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} leads to a private address; if it is meant to, start the hub with --webhook-allow-private or \
     HUB_WEBHOOK_ALLOW_PRIVATE=true"
)]
pub struct Private(pub(super) String);

impl Private {
    /// The address as given.
    pub fn address(&self) -> &str {
        &self.0
    }
}

/// The IP address in place of a host name. It is not resolved, so it must be checked here.
pub(super) fn literal_ip(url: &Url) -> Option<IpAddr> {
    url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse().ok())
}

/// Whether an address is on the public internet: not private, loopback, link-local, multicast, unspecified, or in the
/// IANA special-purpose registries. An IPv6 address that contains an IPv4 address is judged by that one.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let this_network = a == 0;
    let carrier_nat = a == 100 && b & 0xc0 == 64;
    let protocol_assignments = (a, b, c) == (192, 0, 0);
    let benchmarks = a == 198 && b & 0xfe == 18;
    let many_or_reserved = a >= 224;
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_documentation()
        || this_network
        || carrier_nat
        || protocol_assignments
        || benchmarks
        || many_or_reserved)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let wrapped = |high: u16, low: u16| {
        let ([w, x], [y, z]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        // ::ffff:0:0/96, mapped.
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xffff) => wrapped(g, h),
        // 64:ff9b::/96, NAT64.
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => wrapped(g, h),
        // 2002::/16, 6to4.
        (0x2002, _) => wrapped(b, c),
        // 2001::/23, protocols such as Teredo; 2001:db8::/32 and 3fff::/20, documentation.
        (0x2001, b) => b >= 0x200 && b != 0xdb8,
        (0x3fff, b) => b >= 0x1000,
        // 2000::/3 is all that has been allocated.
        (a, _) => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in private {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.1.1.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:4860:4860::8888",
            "2002:808:808::1",
            "2606:4700::1111",
        ];
        for text in public {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
