//! What a machine is called in its own network: private addresses and local names.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// A name that a router can give to the server.
const FIXED: &str = "gerai.internal";

/// Addresses and names of a machine that a local authority may vouch for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Private, link-local and loopback addresses.
    pub addresses: BTreeSet<IpAddr>,
    /// Names below `.local`, and the fixed one.
    pub hosts: BTreeSet<String>,
}

impl Names {
    /// The current names of this machine.
    #[must_use]
    pub fn of_machine() -> Self {
        let addresses = if_addrs::get_if_addrs().unwrap_or_else(|error| {
            tracing::warn!(%error, "the addresses of this machine cannot be read");
            Vec::new()
        });
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self::new(addresses.iter().map(if_addrs::Interface::ip), &host)
    }

    /// The names of a machine with these addresses and this host name.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>, host: &str) -> Self {
        let addresses = addresses.into_iter().map(|address| address.to_canonical()).filter(is_private);
        let addresses = addresses.chain([IpAddr::V4(Ipv4Addr::LOCALHOST)]).collect();
        let label = host.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let local = is_label(&label).then(|| format!("{label}.local"));
        Self { addresses, hosts: local.into_iter().chain([FIXED.to_owned()]).collect() }
    }
}

/// Whether the authority's constraints include the address.
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

fn is_label(label: &str) -> bool {
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && is_edge(label.bytes().next())
        && is_edge(label.bytes().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_private_addresses_and_local_names_are_kept() {
        let addresses = [
            "192.168.1.5",
            "10.0.0.9",
            "127.0.0.1",
            "::1",
            "fe80::1",
            "fd00::5",
            "8.8.8.8",
            "2001:db8::1",
            "172.32.0.1",
        ];
        let names = Names::new(addresses.map(|address| address.parse().unwrap()), "Kasir-1.toko.example.com");
        let found: Vec<_> = names.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["10.0.0.9", "127.0.0.1", "192.168.1.5", "fd00::5", "fe80::1"]);
        assert_eq!(names.hosts.iter().collect::<Vec<_>>(), ["gerai.internal", "kasir-1.local"]);
        for host in ["", "-x", "x-", "a_b", "kasir ku", &"x".repeat(64)] {
            assert_eq!(Names::new([], host).hosts.len(), 1, "{host}");
        }
        assert!(!Names::of_machine().addresses.is_empty());
    }
}
