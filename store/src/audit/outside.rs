//! The last checkpoint of each tenant, kept outside of the database.
//!
//! One file for each tenant in a directory. It is what a database is held against that somebody
//! restored from an old backup or changed past all rules: what was signed once stays signed.
//!
//! A disk that is told to keep a hundred files has time for nothing else, and the log is on the same
//! disk. So where there are many, they go to the disk in one file first, `.journal`, and into their own
//! at leisure; after a crash of the machine those are made up from it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use daybook_domain::kernel::TenantId;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use uuid::Uuid;

use super::journal::{Journal, size_of};

/// From so many checkpoints on they go to the disk in one file.
const TOGETHER: usize = 4;

/// A directory with the last checkpoint of each tenant.
#[derive(Debug, Clone)]
pub struct Outside {
    directory: PathBuf,
}

impl Outside {
    /// Uses a directory; makes it where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o755).create(&directory)?;
        let outside = Self { directory };
        match outside.recover() {
            // Whoever may only read what is there has nothing to put right.
            Err(error) if is_not_ours(&error) => {}
            recovered => recovered?,
        }
        Ok(outside)
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The tenant's last checkpoint; none when none was kept.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last(&self, tenant: TenantId) -> io::Result<Option<String>> {
        match fs::read_to_string(self.file(tenant)) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every tenant that has one, in no order.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn tenants(&self) -> io::Result<Vec<TenantId>> {
        let mut tenants = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let tenant = name.to_str().and_then(|name| Uuid::try_parse(name).ok());
            tenants.extend(tenant.map(TenantId));
        }
        Ok(tenants)
    }

    /// Keeps checkpoints, each in place of the tenant's last one. On the disk when this returns.
    ///
    /// # Errors
    /// When one cannot be written; those before it are kept.
    pub fn keep<'n>(&self, notes: impl IntoIterator<Item = (TenantId, &'n str)>) -> io::Result<()> {
        let notes: Vec<(TenantId, &str)> = notes.into_iter().collect();
        if notes.len() < TOGETHER {
            for (tenant, note) in notes {
                self.write(tenant, note)?.sync_data()?;
                self.name(tenant)?;
            }
            return self.sync();
        }
        let mut journal = Journal::lock(&self.directory)?;
        if journal.add(&notes)? {
            self.sync()?;
        }
        for (tenant, note) in notes {
            self.write(tenant, note)?;
            self.name(tenant)?;
        }
        if journal.is_full() {
            self.settle(&mut journal)?;
        }
        Ok(())
    }

    /// Makes up from `.journal` what a crash of the machine left of files that were not on the disk yet.
    fn recover(&self) -> io::Result<()> {
        let Some(mut journal) = Journal::lock_where_there(&self.directory)? else {
            return Ok(());
        };
        for (tenant, note) in journal.last_of_each()? {
            // One that is torn has no size, or not all of its signatures.
            let there = self.last(tenant).unwrap_or_default();
            let there = there.as_deref();
            if there != Some(&*note) && there.and_then(size_of) <= size_of(&note) {
                self.write(tenant, &note)?;
                self.name(tenant)?;
            }
        }
        self.settle(&mut journal)
    }

    /// Has all that is in `.journal` on the disk in its own file, and empties it.
    fn settle(&self, journal: &mut Journal) -> io::Result<()> {
        for (tenant, _) in journal.last_of_each()? {
            match File::open(self.file(tenant)) {
                // It was put aside.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                file => file?.sync_data()?,
            }
        }
        self.sync()?;
        journal.clear()
    }

    /// Writes a checkpoint beside the tenant's last one, over one from before that.
    fn write(&self, tenant: TenantId, note: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o644);
        let mut file = options.open(self.new_file(tenant))?;
        file.write_all(note.as_bytes())?;
        file.set_len(u64::try_from(note.len()).unwrap_or_default())?;
        Ok(file)
    }

    /// Puts what was written beside it in place of the tenant's last one. The two change names, so
    /// that there is one beside it the next time: to make a file and take one away each time costs a
    /// file system many times what is written into them.
    fn name(&self, tenant: TenantId) -> io::Result<()> {
        let (new, last) = (self.new_file(tenant), self.file(tenant));
        match renameat_with(CWD, &new, CWD, &last, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            // It is the first, or the file system cannot.
            Err(_) => fs::rename(new, last),
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    /// Puts the tenant's last checkpoint aside, under a name that says so, when an operator
    /// accepts a database that does not continue it. `false`: there is none.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn set_aside(&self, tenant: TenantId, mark: &str) -> io::Result<bool> {
        // Or it would be made up again.
        if let Some(mut journal) = Journal::lock_where_there(&self.directory)? {
            self.settle(&mut journal)?;
        }
        let aside = self.directory.join(format!("{tenant}.aside-{mark}"));
        match fs::rename(self.file(tenant), aside) {
            Ok(()) => {
                self.sync()?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn file(&self, tenant: TenantId) -> PathBuf {
        self.directory.join(tenant.to_string())
    }

    fn new_file(&self, tenant: TenantId) -> PathBuf {
        self.directory.join(format!(".{tenant}.new"))
    }
}

fn is_not_ours(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(n: usize) -> TenantId {
        TenantId(Uuid::from_u128(u128::try_from(n).unwrap()))
    }

    fn note(size: usize) -> String {
        format!("log.example/audit/x\n{size}\nroot\n\n— log signature\n")
    }

    /// Keeps checkpoints of that size for so many tenants.
    fn keep(outside: &Outside, tenants: usize, size: usize) {
        let note = note(size);
        let notes = (0..tenants).map(|n| (tenant(n), note.as_str()));
        outside.keep(notes).unwrap();
    }

    fn journal(outside: &Outside) -> PathBuf {
        outside.directory.join(".journal")
    }

    #[test]
    fn keeps_the_last_of_each_tenant() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path().join("checkpoints")).unwrap();
        let (one, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        assert_eq!(outside.last(one).unwrap(), None);
        outside
            .keep([(one, "first\n"), (other, "other\n")])
            .unwrap();
        outside.keep([(one, "second\n")]).unwrap();
        assert_eq!(outside.last(one).unwrap().as_deref(), Some("second\n"));
        let mut tenants = outside.tenants().unwrap();
        tenants.sort_by_key(|tenant| tenant.0);
        assert_eq!(tenants, [one, other]);
        assert!(outside.set_aside(one, "1").unwrap());
        assert!(!outside.set_aside(one, "1").unwrap());
        assert_eq!(outside.last(one).unwrap(), None);
        assert_eq!(outside.tenants().unwrap(), [other]);
    }

    #[test]
    fn a_shorter_one_leaves_nothing_of_a_longer_one() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        for size in [1_000_000, 2, 1_000_000, 3, 4] {
            for tenants in [1, 5] {
                keep(&outside, tenants, size);
                assert_eq!(outside.last(tenant(0)).unwrap(), Some(note(size)));
            }
        }
    }

    #[test]
    fn a_crash_of_the_machine_takes_none_of_many() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        keep(&outside, 5, 7);
        keep(&outside, 5, 9);
        // What was not on the disk: one is gone, one is empty, two are torn, one is as it was before.
        fs::remove_file(outside.file(tenant(0))).unwrap();
        for (n, left) in [
            (1, String::new()),
            (4, note(9).replace("signature", "half")),
            (2, note(9)[..12].to_owned()),
            (3, note(7)),
        ] {
            fs::write(outside.file(tenant(n)), left).unwrap();
        }
        let again = Outside::at(directory.path()).unwrap();
        for n in 0..5 {
            assert_eq!(again.last(tenant(n)).unwrap(), Some(note(9)), "{n}");
        }
        assert_eq!(again.tenants().unwrap().len(), 5);
        assert_eq!(fs::metadata(journal(&again)).unwrap().len(), 0);
    }

    #[test]
    fn what_was_written_by_half_when_the_machine_crashed_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        keep(&outside, 4, 7);
        let whole = fs::metadata(journal(&outside)).unwrap().len();
        keep(&outside, 4, 9);
        for n in 0..4 {
            fs::write(outside.file(tenant(n)), note(7)).unwrap();
        }
        let file = OpenOptions::new()
            .write(true)
            .open(journal(&outside))
            .unwrap();
        file.set_len(whole + 30).unwrap();
        let again = Outside::at(directory.path()).unwrap();
        assert_eq!(again.last(tenant(0)).unwrap(), Some(note(7)));
        keep(&again, 4, 11);
        fs::remove_file(again.file(tenant(0))).unwrap();
        let once_more = Outside::at(directory.path()).unwrap();
        assert_eq!(once_more.last(tenant(0)).unwrap(), Some(note(11)));
    }

    #[test]
    fn neither_a_later_one_nor_one_put_aside_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        keep(&outside, 5, 7);
        keep(&outside, 1, 8);
        assert!(outside.set_aside(tenant(1), "1").unwrap());
        let again = Outside::at(directory.path()).unwrap();
        assert_eq!(again.last(tenant(0)).unwrap(), Some(note(8)));
        assert_eq!(again.last(tenant(1)).unwrap(), None);
        assert_eq!(again.last(tenant(2)).unwrap(), Some(note(7)));
    }

    #[test]
    fn the_journal_stays_small() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        let (long, mut most) = (" ".repeat(30_000), 0);
        for size in 1..=12 {
            let note = note(size) + &long + "\n";
            outside
                .keep((0..8).map(|n| (tenant(n), note.as_str())))
                .unwrap();
            most = most.max(fs::metadata(journal(&outside)).unwrap().len());
        }
        assert!(most < 1_300_000, "{most}");
        assert!(fs::metadata(journal(&outside)).unwrap().len() < most);
        let last = outside.last(tenant(7)).unwrap();
        assert_eq!(last.as_deref().and_then(size_of), Some(12));
    }
}
