//! Bins of numbers, by the rules of numpy and of the libraries that use them.

/// Shares of the counts; `None` where there are none.
pub fn shares(counts: &[u64]) -> Option<Vec<f64>> {
    let total = counts.iter().sum::<u64>() as f64;
    (total > 0.0).then(|| counts.iter().map(|c| *c as f64 / total).collect())
}

/// `bins` + 1 edges of equal width from `low` to `high`; one value alone gets ½ on either side.
pub fn equal_width(low: f64, high: f64, bins: usize) -> Vec<f64> {
    let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
    let step = (high - low) / bins as f64;
    let mut edges: Vec<f64> = (0..=bins).map(|i| i as f64 * step + low).collect();
    edges[bins] = high;
    edges
}

/// Edges by Sturges' rule over both samples, as Evidently takes them: width = range / (log₂ n + 1).
/// With `whole` (columns of integers) a bin is 1 wide at least. `None` where there are no values.
pub fn sturges(baseline: &[f64], current: &[f64], whole: bool) -> Option<Vec<f64>> {
    let (low, high) = range(baseline.iter().chain(current))?;
    let n = (baseline.len() + current.len()) as f64;
    Some(by_width(low, high, (high - low) / (n.log2() + 1.0), whole))
}

/// Edges by Doane's rule over one sample, as NannyML takes them. `None` where there are no values.
pub fn doane(values: &[f64]) -> Option<Vec<f64>> {
    let (low, high) = range(values.iter())?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let std = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    if values.len() <= 2 || std == 0.0 {
        return Some(equal_width(low, high, 1));
    }
    let skew = values.iter().map(|x| ((x - mean) / std).powi(3)).sum::<f64>() / n;
    let spread = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    let bins = 1.0 + n.log2() + (1.0 + skew.abs() / spread).log2();
    Some(by_width(low, high, (high - low) / bins, false))
}

/// Number of bins that Azure Machine Learning takes for samples of these sizes.
pub fn azure_count(baseline: usize, current: usize) -> usize {
    ((baseline.min(current) as f64).log2() + 1.0).ceil() as usize
}

fn by_width(low: f64, high: f64, width: f64, whole: bool) -> Vec<f64> {
    let width = if whole { width.max(1.0) } else { width };
    if width > 0.0 {
        equal_width(low, high, ((high - low) / width).ceil().max(1.0) as usize)
    } else {
        equal_width(low, high, 1)
    }
}

fn range<'a>(values: impl Iterator<Item = &'a f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, x| match range {
        None => Some((*x, *x)),
        Some((low, high)) => Some((low.min(*x), high.max(*x))),
    })
}

/// Counts of the values between the edges: each bin has its lower edge, the last one both (numpy's
/// rule). Values outside are not counted.
pub fn histogram(values: &[f64], edges: &[f64]) -> Vec<u64> {
    let bins = edges.len().saturating_sub(1);
    let mut counts = vec![0; bins];
    for x in values {
        let at = edges.partition_point(|e| e <= x);
        if at > 0 && at <= bins {
            counts[at - 1] += 1;
        } else if at > bins && edges.last() == Some(x) {
            counts[bins - 1] += 1;
        }
    }
    counts
}

/// Counts of the distinct values of both samples, by value.
pub fn by_value(baseline: &[f64], current: &[f64]) -> (Vec<u64>, Vec<u64>) {
    let mut values: Vec<f64> = baseline.iter().chain(current).copied().collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    let count = |sample: &[f64]| {
        let mut counts = vec![0; values.len()];
        for x in sample {
            counts[values.partition_point(|v| v < x)] += 1;
        }
        counts
    };
    (count(baseline), count(current))
}

/// The bins that Evidently takes for numbers: one a value where the baseline has at most 20
/// distinct ones, else [`sturges`]. `None` where there are no values.
pub fn evidently(baseline: &[f64], current: &[f64], whole: bool) -> Option<(Vec<u64>, Vec<u64>)> {
    let mut distinct = baseline.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() <= 20 {
        return Some(by_value(baseline, current));
    }
    let edges = sturges(baseline, current, whole)?;
    Some((histogram(baseline, &edges), histogram(current, &edges)))
}

/// The bins that NannyML takes for numbers: [`doane`] over the baseline, and a last bin for what
/// falls outside. `None` where the baseline has no values.
pub fn nannyml(baseline: &[f64], current: &[f64]) -> Option<(Vec<u64>, Vec<u64>)> {
    let edges = doane(baseline)?;
    let (mut before, mut now) = (histogram(baseline, &edges), histogram(current, &edges));
    let outside = current.len() as u64 - now.iter().sum::<u64>();
    before.push(0);
    now.push(outside);
    Some((before, now))
}
