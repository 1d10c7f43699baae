//! Where do the bytes come from? A file, plain or compressed, in whatever encoding.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::bufread::MultiGzDecoder;

use super::error::ImportError;

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// A file that can be read as often as needed.
#[derive(Debug, Clone)]
pub(super) struct Source {
    path: PathBuf,
    encoding: Option<&'static Encoding>,
}

/// The bytes of a source: UTF-8, give or take cells that are not.
pub(super) type Bytes = Box<dyn Read + Send>;

impl Source {
    /// # Errors
    /// When the path names no regular file: others cannot be read twice.
    pub(super) fn of(
        path: &Path,
        encoding: Option<&'static Encoding>,
    ) -> Result<Self, ImportError> {
        let source = Self {
            path: path.to_owned(),
            encoding,
        };
        let about = std::fs::metadata(path).map_err(|error| source.unreadable(error))?;
        if !about.is_file() {
            return Err(source.unreadable("it is no regular file"));
        }
        Ok(source)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it at its beginning.
    ///
    /// # Errors
    /// When it cannot be opened or its first bytes cannot be read.
    pub(super) fn open(&self) -> Result<Bytes, ImportError> {
        self.try_open().map_err(|error| self.unreadable(error))
    }

    fn try_open(&self) -> io::Result<Bytes> {
        let mut file = BufReader::with_capacity(CHUNK, File::open(&self.path)?);
        if file.fill_buf()?.starts_with(&GZIP) {
            let inflated = MultiGzDecoder::new(file);
            self.decoded(BufReader::with_capacity(CHUNK, inflated))
        } else {
            self.decoded(file)
        }
    }

    /// Takes the mark at the beginning off and turns other encodings into UTF-8.
    fn decoded(&self, mut bytes: impl BufRead + Send + 'static) -> io::Result<Bytes> {
        let marked = Encoding::for_bom(bytes.fill_buf()?);
        if let Some((encoding, length)) = marked {
            bytes.consume(length);
            if encoding == UTF_16LE || encoding == UTF_16BE {
                return Ok(Box::new(Transcoded::new(bytes, encoding)));
            }
            return Ok(Box::new(bytes));
        }
        match self.encoding {
            Some(encoding) if encoding != UTF_8 => Ok(Box::new(Transcoded::new(bytes, encoding))),
            Some(_) | None => Ok(Box::new(bytes)),
        }
    }

    fn unreadable(&self, reason: impl ToString) -> ImportError {
        ImportError::Unreadable {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

/// The encoding of that name (`utf-8`, `windows-1252`, `iso-8859-15`, …), if there is one.
pub fn encoding_named(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// A cell's text: UTF-8, or else Windows-1252, of which ISO 8859-1 is a part. Each cell by itself:
/// files are pieced together from others, and one damaged cell is no reason to misread the rest.
pub(super) fn text_of(cell: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(cell) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(cell).0,
    }
}

/// Bytes of another encoding, read as UTF-8.
struct Transcoded<R> {
    from: R,
    decoder: Decoder,
    ready: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: BufRead> Transcoded<R> {
    fn new(from: R, encoding: &'static Encoding) -> Self {
        Self {
            from,
            decoder: encoding.new_decoder_without_bom_handling(),
            ready: Vec::new(),
            taken: 0,
            ended: false,
        }
    }

    /// Decodes some more.
    fn decode(&mut self) -> io::Result<()> {
        let input = self.from.fill_buf()?;
        let last = input.is_empty();
        self.ready.resize(CHUNK, 0);
        let (result, read, written, _) = self.decoder.decode_to_utf8(input, &mut self.ready, last);
        self.from.consume(read);
        self.ready.truncate(written);
        self.taken = 0;
        self.ended = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: BufRead> Read for Transcoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken >= self.ready.len() && !self.ended {
            self.decode()?;
        }
        let mut rest = self.ready.get(self.taken..).unwrap_or_default();
        let read = rest.read(into)?;
        self.taken += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: &[u8], encoding: Option<&str>) -> String {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let encoding = encoding.map(|name| encoding_named(name).unwrap());
        let source = Source::of(file.path(), encoding).unwrap();
        let mut read = Vec::new();
        source.open().unwrap().read_to_end(&mut read).unwrap();
        text_of(&read).into_owned()
    }

    #[test]
    fn reads_plain_and_compressed_files() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all("a,£\n".as_bytes()).unwrap();
        let mut twice = gzip.finish().unwrap();
        twice.extend(twice.clone());
        assert_eq!(read("a,£\n".as_bytes(), None), "a,£\n");
        assert_eq!(read(&twice, None), "a,£\na,£\n");
        assert_eq!(read(b"", None), "");
    }

    #[test]
    fn takes_the_mark_off_and_knows_utf_16_by_it() {
        assert_eq!(read(b"\xef\xbb\xbfa,\xc2\xa3", None), "a,£");
        assert_eq!(read(b"\xff\xfea\0,\0\xa3\0", None), "a,£");
        assert_eq!(read(b"\xfe\xff\0a\0,\0\xa3", None), "a,£");
    }

    #[test]
    fn reads_windows_1252_where_it_is_no_utf_8() {
        assert_eq!(read(b"a,\xa3\x80", None), "a,£€");
        assert_eq!(read(b"a,\xa4", Some("iso-8859-15")), "a,€");
        let long = vec![0xa4; 3 * CHUNK];
        assert_eq!(read(&long, Some("iso-8859-15")), "€".repeat(3 * CHUNK));
    }

    #[test]
    fn refuses_what_cannot_be_read_twice() {
        let refused = Source::of(Path::new("/dev/null"), None).unwrap_err();
        assert!(refused.is_usage(), "{refused}");
        let refused = Source::of(Path::new("/nowhere/at/all"), None).unwrap_err();
        assert!(refused.to_string().contains("/nowhere/at/all"), "{refused}");
    }
}
