//! Rows with everything that engines might count differently, in a Parquet file.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;

/// A column's name that every quote is in.
pub const ODD: &str = "a`b.\"c\" 'd';--";

/// Writes `rows` rows, whose numbers are moved by `shift`.
pub fn write(path: &Path, rows: usize, seed: u64, shift: f64) {
    let batch = batch(rows, seed, shift);
    let file = File::create(path).expect("creates");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("writes");
    writer.close().expect("closes");
}

fn batch(rows: usize, seed: u64, shift: f64) -> RecordBatch {
    let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut floats = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        (0..rows).map(|_| f(draw.unit(), draw.unit())).collect()
    };
    let mut normal =
        floats(&|u, v| (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos() + shift);
    for (place, odd) in [f64::NAN, f64::INFINITY, -f64::INFINITY, -0.0, 0.0].iter().enumerate() {
        if let Some(x) = normal.get_mut(7 * place + 3) {
            *x = *odd;
        }
    }
    let heavy =
        floats(&|u, v| if v < 0.1 { f64::NAN } else { (6.0 * u / (1.001 - u)).exp().min(1e200) });
    let zeros = floats(&|u, v| if v < 0.4 { 0.0 } else { (u + shift) * 100.0 });
    let odd = floats(&|u, _| (u - 0.5) * 1e-3);
    let huge = floats(&|u, _| u * 1.7e308);
    let share = floats(&|u, _| u);
    let mut whole =
        |below: f64| -> Vec<i64> { (0..rows).map(|_| (draw.unit() * below) as i64).collect() };
    let few = whole(40.0);
    let big: Vec<i64> = whole(1e9).into_iter().map(|x| (1 << 53) + x).collect();
    let days: Vec<i32> = whole(900.0).into_iter().map(|x| x as i32 - 300).collect();
    let moments: Vec<i64> = whole(1e15).into_iter().map(|x| x - 4_000_000_000).collect();
    let cents: Vec<i128> = whole(1e6).into_iter().map(i128::from).collect();
    let cities = ["berlin", "Köln", "", "🤦🏼‍♂️", "a\"b`c'd"];
    let text: Vec<Option<&str>> =
        whole(6.0).into_iter().map(|x| cities.get(x as usize).copied()).collect();
    let flags: Vec<Option<bool>> =
        whole(10.0).into_iter().map(|x| (x > 0).then_some(x > 3)).collect();
    let ids: Vec<String> =
        whole(5000.0).into_iter().map(|x| format!("n{}", x * x / 5000)).collect();
    let some = |values: Vec<f64>| -> ArrayRef {
        Arc::new(Float64Array::from_iter(values.into_iter().map(|x| (!x.is_nan()).then_some(x))))
    };
    let single: Vec<f32> = share.iter().map(|x| *x as f32).collect();
    let cents = Decimal128Array::from(cents).with_precision_and_scale(12, 2).expect("fits");
    let moments = TimestampMicrosecondArray::from(moments).with_timezone("UTC");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("normal", Arc::new(Float64Array::from(normal))),
        ("heavy", some(heavy)),
        ("zeros", Arc::new(Float64Array::from(zeros))),
        (ODD, Arc::new(Float64Array::from(odd))),
        ("huge", Arc::new(Float64Array::from(huge))),
        ("single", Arc::new(Float32Array::from(single))),
        ("few", Arc::new(Int64Array::from(few))),
        ("big", Arc::new(Int64Array::from(big))),
        ("cents", Arc::new(cents)),
        ("day", Arc::new(Date32Array::from(days))),
        ("moment", Arc::new(moments)),
        ("köln", Arc::new(StringArray::from(text))),
        ("flag", Arc::new(BooleanArray::from(flags))),
        ("ids", Arc::new(StringArray::from(ids))),
        ("nothing", Arc::new(Float64Array::from(vec![None; rows]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("columns of one length")
}

/// Numbers from 0 to 1 (xorshift).
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
