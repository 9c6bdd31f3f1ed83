//! Text that a file keeps as a dictionary: each entry is looked up once, not once a row.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray};
use arrow_schema::{ArrowError, DataType};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Encoding;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::arrays::texts;
use super::part::CategoryBuilder;
use super::table::Categories;

/// An entry that no row has had so far.
const UNSEEN: u32 = Categories::NULL - 1;

/// What the entries of the last dictionary became.
#[derive(Default)]
pub(super) struct Entries {
    dictionary: Option<ArrayRef>,
    names: Vec<Option<String>>,
    codes: Vec<u32>,
}

/// The array as a dictionary of text with keys of 32 bits, where it is one.
pub(super) fn of(array: &dyn Array) -> Option<&DictionaryArray<Int32Type>> {
    let DataType::Dictionary(_, kind) = array.data_type() else { return None };
    let text = matches!(**kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    if text { array.as_dictionary_opt::<Int32Type>() } else { None }
}

impl Entries {
    /// Appends the rows; levels come in the order of their first rows.
    pub(super) fn push(
        &mut self,
        array: &DictionaryArray<Int32Type>,
        into: &mut CategoryBuilder,
    ) -> Result<(), ArrowError> {
        self.turn_to(array.values())?;
        let keys = array.keys();
        match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => keys.values().iter().for_each(|key| self.push_key(*key, into)),
            Some(nulls) => {
                for (key, is_there) in keys.values().iter().zip(nulls) {
                    if is_there { self.push_key(*key, into) } else { into.push_null() }
                }
            }
        }
        Ok(())
    }

    /// Forgets the codes, not the dictionary: what is pushed next has levels of its own.
    pub(super) fn begin_anew(&mut self) {
        self.codes.fill(UNSEEN);
    }

    fn turn_to(&mut self, dictionary: &ArrayRef) -> Result<(), ArrowError> {
        if self.dictionary.as_ref().is_some_and(|known| Arc::ptr_eq(known, dictionary)) {
            return Ok(());
        }
        self.names.clear();
        texts(dictionary.as_ref(), &mut |name| self.names.push(name.map(str::to_owned)))?;
        self.codes.clear();
        self.codes.resize(self.names.len(), UNSEEN);
        self.dictionary = Some(dictionary.clone());
        Ok(())
    }

    #[inline]
    fn push_key(&mut self, key: i32, into: &mut CategoryBuilder) {
        match usize::try_from(key).ok().and_then(|key| self.codes.get_mut(key).map(|c| (key, c))) {
            None => into.push_null(),
            Some((key, code)) => {
                if *code == UNSEEN {
                    let name = self.names.get(key).and_then(Option::as_deref);
                    *code = name.map_or(Categories::NULL, |name| into.code(name));
                }
                into.push_code(*code);
            }
        }
    }
}

/// The same file, with text that it keeps in dictionaries read as dictionaries.
pub(super) fn kept(plain: ArrowReaderMetadata) -> ArrowReaderMetadata {
    let leaves = leaves(plain.metadata());
    let mut found = false;
    let fields = plain.schema().fields().iter().enumerate().map(|(root, field)| {
        let value = match field.data_type() {
            DataType::Utf8 | DataType::Utf8View => DataType::Utf8,
            DataType::LargeUtf8 => DataType::LargeUtf8,
            _ => return field.clone(),
        };
        let leaf = leaves.get(root).copied().flatten();
        if !leaf.is_some_and(|leaf| in_dictionaries(plain.metadata(), leaf)) {
            return field.clone();
        }
        found = true;
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(value));
        Arc::new(field.as_ref().clone().with_data_type(kind))
    });
    let fields: Vec<_> = fields.collect();
    if !found {
        return plain;
    }
    let schema = arrow_schema::Schema::new_with_metadata(fields, plain.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(plain.metadata().clone(), options).unwrap_or(plain)
}

/// The column of the file that each field is; none where it is made of several.
fn leaves(metadata: &ParquetMetaData) -> Vec<Option<usize>> {
    let schema = metadata.file_metadata().schema_descr();
    let mut leaves = vec![None; schema.root_schema().get_fields().len()];
    for leaf in 0..schema.num_columns() {
        let root = schema.get_column_root_idx(leaf);
        if schema.get_column_root(leaf).is_primitive()
            && let Some(place) = leaves.get_mut(root)
        {
            *place = Some(leaf);
        }
    }
    leaves
}

fn in_dictionaries(metadata: &ParquetMetaData, leaf: usize) -> bool {
    let groups = metadata.row_groups();
    !groups.is_empty() && groups.iter().all(|group| is_in_dictionary(group.column(leaf)))
}

/// Whether all pages of values are of keys; where the file does not count them, whether any are.
fn is_in_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    let keys = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
    match chunk.page_encoding_stats_mask() {
        Some(mask) => keys.into_iter().any(|key| mask.is_only(key)),
        None => chunk.encodings().any(|encoding| keys.contains(&encoding)),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{LargeStringArray, RecordBatch, StringArray, StringViewArray};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::super::read::{ReadOptions, read};
    use super::super::stream::open;
    use super::super::table::Values;
    use super::*;

    /// A file with groups of 50 rows, and with dictionaries up to so many bytes.
    fn file(bytes: usize, array: ArrayRef) -> tempfile::NamedTempFile {
        let batch = RecordBatch::try_from_iter_with_nullable([("s", array, true)]).expect("batch");
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(50))
            .set_dictionary_page_size_limit(bytes)
            .set_write_batch_size(8)
            .set_data_page_row_count_limit(16)
            .build();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("writer");
        writer.write(&batch).expect("write");
        writer.close().expect("close");
        let file = tempfile::Builder::new().suffix(".parquet").tempfile().expect("file");
        std::fs::write(file.path(), bytes).expect("write");
        file
    }

    fn words(rows: usize, kinds: usize) -> Vec<Option<String>> {
        let word = |i: usize| (i % 11 != 4).then(|| format!("word {}", (i * i + i / 50) % kinds));
        (0..rows).map(word).collect()
    }

    /// Levels are those of reading value by value, in the same order: of dictionaries, of groups
    /// each with one of its own, of text that left its dictionary half-way, and of every width.
    #[test]
    fn what_dictionaries_hold_is_what_the_rows_hold() {
        let metadata = |file: &tempfile::NamedTempFile| {
            let handle = std::fs::File::open(file.path()).expect("opens");
            ArrowReaderMetadata::load(&handle, Default::default()).expect("metadata")
        };
        for (bytes, kinds, expected) in [(1 << 20, 7, true), (1 << 20, 150, true), (64, 150, false)]
        {
            let words = words(220, kinds);
            let arrays: [ArrayRef; 3] = [
                Arc::new(StringArray::from(words.clone())),
                Arc::new(LargeStringArray::from(words.clone())),
                Arc::new(StringViewArray::from(words.clone())),
            ];
            for array in arrays {
                let file = file(bytes, array);
                let kind = kept(metadata(&file)).schema().field(0).data_type().clone();
                assert_eq!(matches!(kind, DataType::Dictionary(..)), expected, "{bytes} {kind}");
                let paths = [file.path().to_owned()];
                let mut table = read(&paths, &ReadOptions::default()).expect("reads");
                let Some(Values::Category(found)) = table.take("s") else { panic!("text") };
                let plain = Categories::of(words.iter().map(Option::as_deref));
                assert_eq!((&found.levels, &found.codes), (&plain.levels, &plain.codes));
                let stream = open(&paths, &ReadOptions::default()).expect("opens");
                let Values::Category(one) = stream.column("s").expect("reads") else {
                    panic!("text")
                };
                assert_eq!((one.levels, one.codes), (found.levels, found.codes));
            }
        }
    }

    /// Batches have levels of their own, also where the dictionary stays the same.
    #[test]
    fn batches_name_only_what_they_hold() {
        let array: DictionaryArray<Int32Type> =
            [Some("a"), None, Some("b"), Some("a")].into_iter().collect();
        let mut entries = Entries::default();
        for (rows, levels, codes) in [
            (array.slice(0, 2), vec!["a"], vec![0, Categories::NULL]),
            (array.slice(2, 2), vec!["b", "a"], vec![0, 1]),
        ] {
            let mut builder = CategoryBuilder::default();
            entries.push(of(&rows).expect("text"), &mut builder).expect("reads");
            entries.begin_anew();
            let found = builder.finish_as_written();
            assert_eq!(
                (found.levels, found.codes),
                (levels.iter().map(|l| (*l).to_owned()).collect(), codes)
            );
        }
    }
}
