//! Two values of each row as a grid of counts.

/// Counts over a square grid; both axes have the same range.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// Range of both axes. Values beyond are counted in the outermost cells.
    pub range: (f64, f64),
    /// Cells along each axis.
    pub side: usize,
    /// Counts: `cells[y * side + x]`.
    pub cells: Vec<u64>,
}

/// Counts points (x, y) in a grid of `side` × `side` cells. Points that are not finite are left out.
pub fn density(
    points: impl Iterator<Item = (f64, f64)>,
    range: (f64, f64),
    side: usize,
) -> Density {
    let side = side.max(1);
    let (low, high) = range;
    let width = high - low;
    let place = |value: f64| {
        let share = if width > 0.0 { ((value - low) / width).max(0.0) } else { 0.0 };
        ((share * side as f64) as usize).min(side - 1)
    };
    let mut cells = vec![0; side * side];
    for (x, y) in points.filter(|(x, y)| x.is_finite() && y.is_finite()) {
        cells[place(y) * side + place(x)] += 1;
    }
    Density { range, side, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fall_into_their_cells_and_outsiders_on_the_edge() {
        let points = [(0.0, 0.0), (0.9, 0.1), (9.0, 9.0), (-9.0, 1.0), (f64::NAN, 0.0)];
        let found = density(points.into_iter(), (0.0, 1.0), 2);
        assert_eq!(found.cells, [1, 1, 1, 1]);
        assert_eq!(density([(2.0, 2.0)].into_iter(), (2.0, 2.0), 2).cells, [1, 0, 0, 0]);
    }
}
