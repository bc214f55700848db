//! Many services at once: gathered into orders of one subject, one province and one kind each, and cut where an order or its
//! subject has no room for more. It knows no draft, no rule and no file.

use std::num::NonZeroUsize;

use crate::region::Province;
use crate::rules::kinds::OrderKind;

/// A service that can be filed, with everything that decides which order it may be part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its place among all.
    pub row: usize,
    /// Whose it is: the subject's place among the subjects.
    pub subject: usize,
    /// The administration that decides.
    pub province: Province,
    /// What the type check says of it.
    pub kind: OrderKind,
}

/// Services of one order, or of several before they are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The subject of all.
    pub subject: usize,
    /// The province of all.
    pub province: Province,
    /// The kind of order.
    pub kind: OrderKind,
    /// The places of its services, in their order.
    pub rows: Vec<usize>,
}

/// Why a service cannot be part of any order now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoRoom {
    /// The subject may have no more services.
    Full,
    /// Its subject is not filed yet: a first filing is one order, and what comes after it is an addition.
    AfterFirst,
}

/// Gathers what may be one order as far as subject, province and kind go, in the order in which they come.
#[must_use]
pub fn gather(pieces: &[Piece]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for Piece { row, subject, province, kind } in pieces.iter().copied() {
        let same = |batch: &&mut Batch| (batch.subject, batch.province, batch.kind) == (subject, province, kind);
        match batches.iter_mut().find(same) {
            Some(batch) => batch.rows.push(row),
            None => batches.push(Batch { subject, province, kind, rows: vec![row] }),
        }
    }
    batches
}

/// Cuts a batch into orders of at most `of_order` services, `of_subject` in all of them; the others have no room.
#[must_use]
pub fn cut(
    batch: &Batch,
    of_order: Option<NonZeroUsize>,
    of_subject: Option<usize>,
) -> (Vec<Batch>, Vec<(usize, NoRoom)>) {
    let most = of_order.map_or(usize::MAX, NonZeroUsize::get);
    let left = of_subject.unwrap_or(usize::MAX);
    let orders = if batch.kind == OrderKind::First { 1 } else { usize::MAX };
    let (fit, full) = batch.rows.split_at(left.min(batch.rows.len()));
    let mut cuts = fit.chunks(most).map(|rows| Batch { rows: rows.to_vec(), ..batch.clone() });
    let made: Vec<Batch> = cuts.by_ref().take(orders).collect();
    let later = cuts.flat_map(|cut| cut.rows).map(|row| (row, NoRoom::AfterFirst));
    let none = later.chain(full.iter().map(|row| (*row, NoRoom::Full))).collect();
    (made, none)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use OrderKind::{Access, AddHere, First};
    use Province::{Hunan, Liaoning};

    fn piece(row: usize, subject: usize, province: Province, kind: OrderKind) -> Piece {
        Piece { row, subject, province, kind }
    }

    fn rows(batches: &[Batch]) -> Vec<Vec<usize>> {
        batches.iter().map(|batch| batch.rows.clone()).collect()
    }

    #[test]
    fn subject_province_and_kind_keep_services_apart() {
        let pieces = [
            piece(0, 0, Liaoning, AddHere),
            piece(1, 1, Liaoning, AddHere),
            piece(2, 0, Liaoning, AddHere),
            piece(3, 0, Liaoning, Access),
            piece(4, 0, Hunan, AddHere),
        ];
        assert_eq!(rows(&gather(&pieces)), [vec![0, 2], vec![1], vec![3], vec![4]]);
    }

    #[test]
    fn limits_cut_a_batch_and_a_first_filing_stays_alone() {
        let batch = |kind| Batch { subject: 0, province: Liaoning, kind, rows: (0..5).collect() };
        let (orders, none) = cut(&batch(AddHere), NonZeroUsize::new(2), None);
        assert_eq!((rows(&orders), none), (vec![vec![0, 1], vec![2, 3], vec![4]], vec![]));
        let (orders, none) = cut(&batch(AddHere), NonZeroUsize::new(1), Some(2));
        let full = |row| (row, NoRoom::Full);
        assert_eq!((rows(&orders), none), (vec![vec![0], vec![1]], vec![full(2), full(3), full(4)]));
        let (orders, none) = cut(&batch(First), NonZeroUsize::new(3), Some(4));
        assert_eq!((rows(&orders), none), (vec![vec![0, 1, 2]], vec![(3, NoRoom::AfterFirst), full(4)]));
        let (orders, none) = cut(&batch(AddHere), None, Some(0));
        assert_eq!((orders, none.len()), (vec![], 5));
    }

    proptest! {
        /// Nothing is lost, nothing comes twice, nothing changes places, and no limit is broken.
        #[test]
        fn every_service_is_in_one_order_or_has_no_room(
            made in prop::collection::vec((0..3_usize, 0..2_usize, 0..3_usize), 0..60),
            of_order in prop::option::of(1..6_usize),
            of_subject in prop::option::of(0..12_usize),
        ) {
            let pieces: Vec<Piece> = made.iter().enumerate().map(|(row, (subject, province, kind))| {
                piece(row, *subject, [Liaoning, Hunan][*province], [First, AddHere, Access][*kind])
            }).collect();
            let mut seen = Vec::new();
            for batch in gather(&pieces) {
                let (orders, none) = cut(&batch, of_order.and_then(NonZeroUsize::new), of_subject);
                let kept: Vec<usize> = orders.iter().flat_map(|order| order.rows.clone()).collect();
                prop_assert!(kept.is_sorted() && of_subject.is_none_or(|most| kept.len() <= most));
                prop_assert!(batch.kind != First || orders.len() <= 1);
                for order in &orders {
                    prop_assert!(!order.rows.is_empty() && of_order.is_none_or(|most| order.rows.len() <= most));
                    for row in &order.rows {
                        let own = pieces[*row];
                        prop_assert_eq!((own.subject, own.province, own.kind), (order.subject, order.province, order.kind));
                    }
                }
                seen.extend(kept.into_iter().chain(none.into_iter().map(|(row, _)| row)));
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..pieces.len()).collect::<Vec<_>>());
        }
    }
}
