//! What does one type on this system to install PostgreSQL?

use std::fs;

use nix::unistd::Uid;

/// The command, with `sudo` unless we are root.
pub(crate) fn install_command() -> String {
    let release = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .unwrap_or_default();
    command_for(std::env::consts::OS, &release, Uid::effective().is_root())
}

fn command_for(system: &str, release: &str, root: bool) -> String {
    if system == "macos" {
        return "brew install postgresql@17".to_owned();
    }
    let command = family(release);
    if root {
        command.to_owned()
    } else {
        format!("sudo {command}")
    }
}

/// By the first name that we know of the system's own and of those it is like.
fn family(release: &str) -> &'static str {
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
            "debian" | "ubuntu" => Some("apt-get install -y postgresql"),
            "fedora" | "rhel" | "centos" => Some("dnf install -y postgresql-server"),
            "alpine" => Some("apk add postgresql"),
            "arch" => Some("pacman -S --noconfirm postgresql"),
            "suse" | "opensuse" => Some("zypper install -y postgresql-server"),
            _ => None,
        })
        .unwrap_or("apt-get install -y postgresql")
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
            assert_eq!(command_for(system, release, root), command);
        }
    }
}
