//! Room of columns that are done with, for the next ones: what goes back to the system comes again
//! page by page, each zeroed anew, which took a fifth of the time of a comparison.

use std::sync::Mutex;

use super::table::Values;

/// Columns whose room is kept: of both data sets, on two threads.
const KEPT: usize = 4;
/// Most numbers that a column may have for its room to be kept (16 MB).
const LARGEST: usize = 2 << 20;

static ROOM: Mutex<Vec<Vec<f64>>> = Mutex::new(Vec::new());

/// Takes the room of a column that is done with.
pub fn give(values: Values) {
    let Values::Number(mut numbers) = values else { return };
    if numbers.capacity() > LARGEST {
        return;
    }
    numbers.clear();
    if let Ok(mut room) = ROOM.lock()
        && room.len() < KEPT
    {
        room.push(numbers);
    }
}

/// An empty column with room for so many numbers, where one is there that is not far larger.
pub(super) fn take(numbers: usize) -> Option<Vec<f64>> {
    let mut room = ROOM.lock().ok()?;
    let fits = |v: &Vec<f64>| v.capacity() >= numbers && v.capacity() / 2 <= numbers;
    let at = room.iter().position(fits)?;
    Some(room.swap_remove(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_comes_back_empty_and_only_where_it_fits() {
        // Other tests give and take at the same time: a size that none of them has.
        let values = vec![1.0; 77_777];
        let place = values.as_ptr();
        give(Values::Number(values));
        assert!(take(20_000).is_none_or(|v| v.as_ptr() != place));
        if let Some(again) = take(70_000) {
            assert!(again.is_empty() && again.capacity() >= 70_000);
        }
        let large = vec![0.0; LARGEST + 1];
        let place = large.as_ptr();
        give(Values::Number(large));
        assert!(take(LARGEST).is_none_or(|v| v.as_ptr() != place));
    }
}
