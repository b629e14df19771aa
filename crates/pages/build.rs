//! Rebuilds this crate when the built pages change. The folder is part of the repository, so that a build without pages
//! does not count as changed each time.

fn main() {
    println!("cargo::rerun-if-changed=../../ui/dist");
}
