//! What does one type on this system to install PostgreSQL?

use std::fs;

use nix::unistd::Uid;

/// What a system installs packages with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Apk,
    Pacman,
    Zypper,
    Brew,
}

/// The command for a server, with `sudo` unless we are root.
pub(crate) fn install_command() -> String {
    let manager = Manager::of_this_machine();
    typed(manager, manager.server().to_owned(), is_root())
}

/// The command for the client programs of this major version, with `sudo` unless we are root.
pub(crate) fn install_client_command(major: u32) -> String {
    let manager = Manager::of_this_machine();
    typed(manager, manager.client(major), is_root())
}

impl Manager {
    fn of_this_machine() -> Self {
        let release = ["/etc/os-release", "/usr/lib/os-release"]
            .into_iter()
            .find_map(|path| fs::read_to_string(path).ok())
            .unwrap_or_default();
        Self::of(std::env::consts::OS, &release)
    }

    /// By the first name that we know of the system's own and of those it is like.
    fn of(system: &str, release: &str) -> Self {
        if system == "macos" {
            return Self::Brew;
        }
        let value = |key: &str| {
            release
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map(|value| value.trim_matches('"').to_owned())
                .unwrap_or_default()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        names
            .split_whitespace()
            .find_map(|name| match name {
                "debian" | "ubuntu" => Some(Self::Apt),
                "fedora" | "rhel" | "centos" => Some(Self::Dnf),
                "alpine" => Some(Self::Apk),
                "arch" => Some(Self::Pacman),
                "suse" | "opensuse" => Some(Self::Zypper),
                _ => None,
            })
            .unwrap_or(Self::Apt)
    }

    fn server(self) -> &'static str {
        match self {
            Self::Apt => "apt-get install -y postgresql",
            Self::Dnf => "dnf install -y postgresql-server",
            Self::Apk => "apk add postgresql",
            Self::Pacman => "pacman -S --noconfirm postgresql",
            Self::Zypper => "zypper install -y postgresql-server",
            Self::Brew => "brew install postgresql@17",
        }
    }

    /// Packages without a version in their name would give what the system has, which may be too old.
    fn client(self, major: u32) -> String {
        match self {
            Self::Apt => format!("apt-get install -y postgresql-client-{major}"),
            Self::Dnf => format!("dnf install -y postgresql{major}"),
            Self::Apk => format!("apk add postgresql{major}-client"),
            // It has the newest one alone.
            Self::Pacman => "pacman -S --noconfirm postgresql".to_owned(),
            Self::Zypper => format!("zypper install -y postgresql{major}"),
            Self::Brew => format!("brew install postgresql@{major}"),
        }
    }
}

fn is_root() -> bool {
    Uid::effective().is_root()
}

/// Homebrew is anybody's, and refuses to be root's.
fn typed(manager: Manager, command: String, root: bool) -> String {
    if root || manager == Manager::Brew {
        command
    } else {
        format!("sudo {command}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_command_of_the_system() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n";
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";
        for (system, release, root, command) in [
            ("linux", debian, true, "apt-get install -y postgresql"),
            ("linux", mint, false, "sudo apt-get install -y postgresql"),
            ("linux", rocky, true, "dnf install -y postgresql-server"),
            ("macos", "", false, "brew install postgresql@17"),
        ] {
            let manager = Manager::of(system, release);
            assert_eq!(typed(manager, manager.server().to_owned(), root), command);
        }
    }

    #[test]
    fn names_the_version_of_client_programs() {
        for (system, release, command) in [
            (
                "linux",
                "ID=debian",
                "sudo apt-get install -y postgresql-client-18",
            ),
            ("linux", "ID=fedora", "sudo dnf install -y postgresql18"),
            ("linux", "ID=alpine", "sudo apk add postgresql18-client"),
            ("macos", "", "brew install postgresql@18"),
        ] {
            let manager = Manager::of(system, release);
            assert_eq!(typed(manager, manager.client(18), false), command);
        }
    }
}
