//! How do sealed fields lie in an event's column `personal`? As `docs/audit/format.md` says.
//!
//! A byte with the form's version, then a parcel for each person the event says something about:
//!
//! ```text
//! subject 16 │ key 16 │ count 1 │ count × (offset 4 │ length 1) │ nonce 24 │ length 4 │ sealed
//! └────────────────────── head ────────────────────────────────┘
//! ```
//!
//! Offset and length are those of a stand-in in the payload. Opened, a parcel holds as many values,
//! in that order: a length of 4 bytes, then JSON. Numbers have their highest byte first.

use std::ops::Range;

use uuid::Uuid;

use crate::vault::{NONCE, TAG};

/// The version of the form.
const FORM: u8 = 1;
/// The length of a head without its places.
const HEAD: usize = 33;
/// The length of a place.
const PLACE: usize = 5;
/// The length of a length.
const COUNT: usize = 4;

/// What is sealed about one person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parcel<'b> {
    pub(super) subject: Uuid,
    pub(super) key_id: Uuid,
    /// From the subject to the last place: bound to what is sealed.
    pub(super) head: &'b [u8],
    pub(super) nonce: &'b [u8; NONCE],
    pub(super) sealed: &'b [u8],
    places: &'b [[u8; 5]],
}

impl Parcel<'_> {
    /// The stand-ins that the values belong in place of.
    pub(super) fn places(&self) -> impl Iterator<Item = Range<usize>> {
        self.places.iter().map(|[a, b, c, d, length]| {
            let offset = u32::from_be_bytes([*a, *b, *c, *d]);
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            offset..offset.saturating_add(usize::from(*length))
        })
    }
}

/// The parcels of a column. `None` when it is not of the form.
pub(super) fn parcels(personal: &[u8]) -> Option<Vec<Parcel<'_>>> {
    let mut rest = personal.strip_prefix(&[FORM])?;
    let mut parcels = Vec::with_capacity(1);
    while !rest.is_empty() {
        parcels.push(parcel(&mut rest)?);
    }
    Some(parcels)
}

fn parcel<'b>(rest: &mut &'b [u8]) -> Option<Parcel<'b>> {
    let whole = *rest;
    let subject = Uuid::from_bytes(*take::<16>(rest)?);
    let key_id = Uuid::from_bytes(*take::<16>(rest)?);
    let [count] = *take::<1>(rest)?;
    let (places, left) = rest.split_at_checked(usize::from(count) * 5)?;
    let head = whole.get(..whole.len() - left.len())?;
    *rest = left;
    let nonce = take::<NONCE>(rest)?;
    let sealed = take_counted(rest)?;
    let (places, _) = places.as_chunks::<5>();
    Some(Parcel {
        subject,
        key_id,
        head,
        nonce,
        sealed,
        places,
    })
}

/// The values of an opened parcel.
pub(super) fn values(opened: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = opened;
    let mut values = Vec::new();
    while !rest.is_empty() {
        values.push(take_counted(&mut rest)?);
    }
    Some(values)
}

fn take<'b, const N: usize>(rest: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(taken)
}

fn take_counted<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = u32::from_be_bytes(*take::<4>(rest)?);
    let (taken, left) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = left;
    Some(taken)
}

/// The beginning of a column that will have `parcels` bytes more.
pub(super) fn begin(parcels: usize) -> Vec<u8> {
    let mut column = Vec::with_capacity(1 + parcels);
    column.push(FORM);
    column
}

/// Bytes of a parcel with so many places and so many bytes of values.
pub(super) fn size(places: usize, values: usize) -> usize {
    HEAD + places * (PLACE + COUNT) + NONCE + COUNT + values + TAG
}

/// Adds the head of a parcel of `count` places. `None` when it has more or larger fields than the
/// form can say.
pub(super) fn add_head(
    personal: &mut Vec<u8>,
    (subject, key_id): (Uuid, Uuid),
    (count, places): (usize, impl Iterator<Item = Range<usize>>),
) -> Option<()> {
    personal.extend_from_slice(subject.as_bytes());
    personal.extend_from_slice(key_id.as_bytes());
    personal.push(u8::try_from(count).ok()?);
    for place in places {
        personal.extend_from_slice(&u32::try_from(place.start).ok()?.to_be_bytes());
        personal.push(u8::try_from(place.len()).ok()?);
    }
    Some(())
}

/// Adds what comes between a parcel's head and what is sealed, of so many bytes with its tag.
pub(super) fn add_opening(
    personal: &mut Vec<u8>,
    nonce: &[u8; NONCE],
    sealed: usize,
) -> Option<()> {
    personal.extend_from_slice(nonce);
    personal.extend_from_slice(&u32::try_from(sealed).ok()?.to_be_bytes());
    Some(())
}

/// Bytes of values with their lengths.
pub(super) fn counted(values: usize, bytes: usize) -> usize {
    values * COUNT + bytes
}

/// Adds a value to what is to be sealed.
pub(super) fn add_counted(bytes: &mut Vec<u8>, value: &[u8]) -> Option<()> {
    bytes.extend_from_slice(&u32::try_from(value.len()).ok()?.to_be_bytes());
    bytes.extend_from_slice(value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(places: &[Range<usize>]) -> Option<Vec<u8>> {
        let (mut head, id) = (Vec::new(), Uuid::from_u128(1));
        let places = (places.len(), places.iter().cloned());
        add_head(&mut head, (id, id), places).map(|()| head)
    }

    fn column() -> Vec<u8> {
        let mut column = begin(0);
        for (subject, places) in [(1, [3..9, 20..24]), (2, [70_000..70_002, 80_000..80_001])] {
            let ids = (Uuid::from_u128(subject), Uuid::from_u128(9));
            add_head(&mut column, ids, (places.len(), places.into_iter())).unwrap();
            add_opening(&mut column, &[7; NONCE], 6).unwrap();
            column.extend_from_slice(b"sealed");
        }
        column
    }

    #[test]
    fn reads_what_it_wrote() {
        let column = column();
        let parcels = parcels(&column).unwrap();
        let subjects: Vec<u128> = parcels.iter().map(|it| it.subject.as_u128()).collect();
        assert_eq!(subjects, [1, 2]);
        let places: Vec<_> = parcels[0].places().collect();
        assert_eq!(places, [3..9, 20..24]);
        assert_eq!(parcels[1].places().next(), Some(70_000..70_002));
        for parcel in &parcels {
            assert_eq!(parcel.key_id, Uuid::from_u128(9));
            assert_eq!((parcel.nonce, parcel.sealed), (&[7; NONCE], &b"sealed"[..]));
        }
        assert_eq!(parcels[0].head.len(), 16 + 16 + 1 + 10);
        let mut opened = Vec::new();
        for value in [b"\"Ada\"".as_slice(), b"{}"] {
            add_counted(&mut opened, value).unwrap();
        }
        assert_eq!(values(&opened).unwrap(), [b"\"Ada\"".as_slice(), b"{}"]);
        assert_eq!(values(&opened[..opened.len() - 1]), None);
    }

    #[test]
    fn refuses_what_is_cut_short_or_of_another_form() {
        let column = column();
        let first = 1 + 16 + 16 + 1 + 10 + NONCE + 4 + 6;
        for cut in 0..column.len() {
            let whole_parcels = cut == 1 || cut == first;
            assert_eq!(parcels(&column[..cut]).is_some(), whole_parcels, "{cut}");
        }
        let mut other = column;
        other[0] = 2;
        assert!(parcels(&other).is_none());
    }

    #[test]
    fn writes_no_more_than_it_can_say() {
        assert!(head_of(&vec![0..1; 256]).is_none());
        assert!(head_of(&[0..1, 2..258]).is_none());
        assert!(head_of(&vec![0..255; 255]).is_some());
    }

    #[test]
    fn knows_how_long_a_parcel_gets() {
        let (values, bytes) = ([b"\"Ada\"".as_slice(), b"{}"], 7);
        let mut parcel = head_of(&[3..9, 20..24]).unwrap();
        add_opening(&mut parcel, &[7; NONCE], counted(values.len(), bytes) + TAG).unwrap();
        for value in values {
            add_counted(&mut parcel, value).unwrap();
        }
        parcel.extend_from_slice(&[0; TAG]);
        assert_eq!(parcel.len(), size(values.len(), bytes));
        let mut column = begin(0);
        column.append(&mut parcel);
        assert_eq!(parcels(&column).unwrap().len(), 1);
    }
}
