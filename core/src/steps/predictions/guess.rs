//! What the columns mean where nobody said it: by their names first, then by what they hold. What
//! is not clear is refused with the candidates; a guess is always said.

use std::path::Path;

use serde::Serialize;

use super::load::Files;
use super::names;
use super::survey::{FEW, Seen, Survey};
use crate::config::raw::RawPredictions;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;

/// Something that was guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guess {
    /// What: `label`, `score`, `task` and so on.
    pub what: &'static str,
    /// The guess.
    pub value: String,
    /// What speaks for it.
    pub why: String,
    /// The option that says otherwise.
    pub option: &'static str,
}

/// Fills in what `written` leaves open, and says what was guessed.
///
/// # Errors
/// Files that cannot be read; a column that is needed and cannot be guessed, or of which there are
/// several; a task that is not clear.
pub fn guess(files: &Files, written: RawPredictions) -> Result<(RawPredictions, Vec<Guess>)> {
    let survey = Survey::of(&files.challenger, files.text)?;
    let mut guesser = Guesser::new(&survey, written);
    guesser.label()?;
    let label = guesser.seen_label(&files.challenger)?;
    guesser.probabilities(&label)?;
    guesser.score(&label)?;
    guesser.task(&label)?;
    guesser.positive(&label)?;
    if files.champion.is_some() {
        let other = files.champion.as_deref().unwrap_or(&files.challenger);
        guesser.id(&Survey::of(other, files.text)?)?;
    } else {
        guesser.champion()?;
    }
    guesser.weight();
    Ok((guesser.written, guesser.guesses))
}

/// Fills in label and weight of data that models score; `taken` are columns that they take.
///
/// # Errors
/// A label that cannot be guessed.
pub(super) fn label_and_weight(
    survey: &Survey,
    written: RawPredictions,
    taken: &[String],
) -> Result<(RawPredictions, Vec<Guess>)> {
    let mut guesser = Guesser { taken, ..Guesser::new(survey, written) };
    guesser.label()?;
    // Of data that says nothing of its features, a weight may be one of them.
    if !taken.is_empty() {
        guesser.weight();
    }
    Ok((guesser.written, guesser.guesses))
}

/// Fills in the task and the positive label of the data in `file`, by the label and by whether the
/// model answers with classes.
///
/// # Errors
/// A task or a positive label that is not clear.
pub(super) fn task_and_positive(
    file: &Path,
    survey: &Survey,
    written: RawPredictions,
    classes: bool,
) -> Result<(RawPredictions, Vec<Guess>)> {
    let mut guesser = Guesser { classes: Some(classes), ..Guesser::new(survey, written) };
    let label = guesser.seen_label(file)?;
    guesser.task(&label)?;
    guesser.positive(&label)?;
    Ok((guesser.written, guesser.guesses))
}

struct Guesser<'a> {
    survey: &'a Survey,
    written: RawPredictions,
    guesses: Vec<Guess>,
    /// Columns that are features of a model.
    taken: &'a [String],
    /// Whether a model answers with classes, where one was asked.
    classes: Option<bool>,
}

impl<'a> Guesser<'a> {
    fn new(survey: &'a Survey, written: RawPredictions) -> Self {
        Self { survey, written, guesses: Vec::new(), taken: &[], classes: None }
    }

    fn say(
        &mut self,
        what: &'static str,
        value: &str,
        why: impl Into<String>,
        option: &'static str,
    ) {
        self.guesses.push(Guess { what, value: value.to_owned(), why: why.into(), option });
    }

    /// Whether the column means something already.
    fn is_taken(&self, name: &str) -> bool {
        let written = &self.written;
        let singles = [
            &written.label,
            &written.score,
            &written.champion,
            &written.weight,
            &written.cluster,
            &written.id,
        ];
        let lists = [&written.probabilities, &written.champion_probabilities, &written.slices];
        self.taken.iter().any(|n| n == name)
            || singles.into_iter().flatten().any(|n| n == name)
            || lists.into_iter().flatten().flatten().any(|n| n == name)
    }

    /// Free columns with a usual name; the one that is `usual[0]` stands for all.
    fn named(&self, usual: &[&str], suits: impl Fn(&Seen) -> bool) -> Vec<String> {
        let free = self.survey.columns.iter().filter(|c| !self.is_taken(&c.name));
        let found: Vec<String> = free
            .filter(|c| names::is_one_of(&c.name, usual) && suits(c))
            .map(|c| c.name.clone())
            .collect();
        match found.iter().find(|name| **name == usual[0]) {
            Some(first) => vec![first.clone()],
            None => found,
        }
    }

    fn holding(&self, suits: impl Fn(&Seen) -> bool) -> Vec<String> {
        let free = self.survey.columns.iter().filter(|c| !self.is_taken(&c.name));
        free.filter(|c| suits(c)).map(|c| c.name.clone()).collect()
    }

    fn unclear(&self, what: &str, option: &str, candidates: &[String]) -> Error {
        let source = &self.survey.source;
        let all: Vec<&str> = self.survey.columns.iter().map(|c| c.name.as_str()).collect();
        let message = match candidates {
            [] => format!("no column of {source} looks like {what}"),
            some => {
                format!("{} columns of {source} look like {what}: {}", some.len(), some.join(", "))
            }
        };
        Error::input(message)
            .hint(format!("say which with {option} COLUMN; there are: {}", all.join(", ")))
    }

    fn label(&mut self) -> Result<()> {
        if self.written.label.is_some() {
            return Ok(());
        }
        let named = self.named(names::LABEL, |_| true);
        let (found, why) = match named.as_slice() {
            [one] => (one.clone(), "by its name"),
            [] => match self.holding(Seen::could_be_classes).as_slice() {
                [one] => (one.clone(), "the only column with few values"),
                several => return Err(self.unclear("the label", "--label", several)),
            },
            several => return Err(self.unclear("the label", "--label", several)),
        };
        self.say("label", &found, why, "--label");
        self.written.label = Some(found);
        Ok(())
    }

    /// The label's column; all of it where the first rows may not tell which classes there are.
    fn seen_label(&self, file: &Path) -> Result<Seen> {
        let name = self.written.label.clone().unwrap_or_default();
        let Some(seen) = self.survey.column(&name) else {
            return Ok(Seen {
                name,
                numbers: Some(Vec::new()),
                levels: Default::default(),
                whole: true,
            });
        };
        if self.survey.complete || seen.is_continuous() {
            return Ok(seen.clone());
        }
        self.survey.whole_column(file, &name)
    }

    /// Columns of probabilities: their names end with the labels, and they add up to 1.
    fn probabilities(&mut self, label: &Seen) -> Result<()> {
        let regression = self.written.task.as_deref() == Some(Task::Regression.as_str());
        let asked = self.written.probabilities.is_some() || self.written.score.is_some();
        if regression || asked || label.levels.len() < 2 || label.is_continuous() {
            return Ok(());
        }
        let groups = self.groups(label);
        let (champions, challengers): (Vec<Group>, Vec<Group>) =
            groups.into_iter().partition(|g| names::is_champions(&g.prefix));
        let [group] = challengers.as_slice() else {
            let prefixes: Vec<String> =
                challengers.iter().map(|g| format!("{}*", g.prefix)).collect();
            return match challengers.len() {
                0 => Ok(()),
                _ => Err(self.unclear("the probabilities", "--probabilities", &prefixes)),
            };
        };
        let champions = match champions.as_slice() {
            [one] => Some(one),
            _ => None,
        };
        self.take_group(group, champions, label);
        Ok(())
    }

    fn take_group(&mut self, group: &Group, champion: Option<&Group>, label: &Seen) {
        let why = "the names end with the labels, and the values add up to 1";
        let binary = label.levels.len() == 2 && group.columns.len() == 2;
        let pair: Vec<&String> = label.levels.iter().collect();
        let positive = match (&self.written.positive, pair.as_slice()) {
            (Some(positive), _) => Some(positive.clone()),
            (None, [a, b]) => names::positive(a, b).map(str::to_owned),
            _ => None,
        };
        match positive.filter(|_| binary) {
            Some(positive) => {
                let score = format!("{}{positive}", group.prefix);
                self.say("score", &score, why, "--score");
                self.written.score = Some(score);
                if let Some(champion) = champion.filter(|_| self.written.champion.is_none()) {
                    let column = format!("{}{positive}", champion.prefix);
                    self.say("champion", &column, why, "--champion");
                    self.written.champion = Some(column);
                }
            }
            None if binary && self.written.task.is_none() => {}
            None => {
                self.say("probabilities", &group.columns.join(", "), why, "--probabilities");
                self.written.probabilities = Some(group.columns.clone());
                self.written.task.get_or_insert_with(|| Task::Multiclass.to_string());
                if let Some(champion) =
                    champion.filter(|_| self.written.champion_probabilities.is_none())
                {
                    let columns = champion.columns.join(", ");
                    self.say("champion-probabilities", &columns, why, "--champion-probabilities");
                    self.written.champion_probabilities = Some(champion.columns.clone());
                }
            }
        }
    }

    fn groups(&self, label: &Seen) -> Vec<Group> {
        let Some(first) = label.levels.first() else { return Vec::new() };
        let names: Vec<&String> = self.survey.columns.iter().map(|c| &c.name).collect();
        let mut groups: Vec<Group> = Vec::new();
        for prefix in names.iter().filter_map(|n| n.strip_suffix(first.as_str())) {
            let of_labels: Vec<String> =
                label.levels.iter().map(|level| format!("{prefix}{level}")).collect();
            let among = |name: &&&String| {
                if prefix.is_empty() { of_labels.contains(name) } else { name.starts_with(prefix) }
            };
            let all: Vec<String> = names.iter().filter(among).map(|n| (*n).clone()).collect();
            // A class that no row has may have a column; a column that only begins alike is none.
            let options = [all, of_labels];
            if let Some(columns) = options.into_iter().find(|c| self.survey.are_probabilities(c)) {
                groups.push(Group { prefix: prefix.to_owned(), columns });
            }
        }
        groups
    }

    fn score(&mut self, label: &Seen) -> Result<()> {
        if self.written.score.is_some() || self.written.probabilities.is_some() {
            return Ok(());
        }
        let classes = self.answers_are_classes(label);
        let suits = |c: &Seen| match classes {
            true => !c.levels.is_disjoint(&label.levels),
            false => c.numbers.is_some(),
        };
        let mut named = self.named(names::SCORE, suits);
        if named.len() > 1 {
            // Beside the answer, `y_pred`, there is often what it was decided by, `y_prob`.
            let continuous: Vec<String> = named
                .iter()
                .filter(|n| self.survey.column(n).is_some_and(Seen::is_continuous))
                .cloned()
                .collect();
            if continuous.len() == 1 && !classes {
                named = continuous;
            }
        }
        let (found, why) = match named.as_slice() {
            [one] => (one.clone(), "by its name"),
            [] => {
                let holding = if classes {
                    self.holding(|c| !c.levels.is_empty() && c.levels.is_subset(&label.levels))
                } else {
                    let not_another = |c: &Seen| c.is_continuous() && !is_another_role(&c.name);
                    self.holding(not_another)
                };
                match holding.as_slice() {
                    [one] if classes => (one.clone(), "the only other column with these classes"),
                    [one] => (one.clone(), "the only other column of numbers with fractions"),
                    several => return Err(self.unclear("the score", "--score", several)),
                }
            }
            several => return Err(self.unclear("the score", "--score", several)),
        };
        self.say("score", &found, why, "--score");
        self.written.score = Some(found);
        Ok(())
    }

    /// Whether the models answer with classes, by what is known of the task and the label.
    fn answers_are_classes(&self, label: &Seen) -> bool {
        match self.written.task.as_deref() {
            Some(task) => task == Task::Multiclass.as_str(),
            None => label.numbers.is_none() && label.levels.len() > 2,
        }
    }

    fn task(&mut self, label: &Seen) -> Result<()> {
        if self.written.task.is_some() {
            return Ok(());
        }
        let name = &label.name;
        let count = label.levels.len();
        let score = self.written.score.as_deref().and_then(|n| self.survey.column(n));
        let seen = || score.is_some_and(|s| s.numbers.is_none() || s.whole);
        let whole_answers = self.classes.unwrap_or_else(seen);
        let zero_one = label.levels.iter().all(|l| l == "0" || l == "1");
        let two = self.written.positive.is_some() || count == 2;
        let (task, why) = match &label.numbers {
            _ if self.written.probabilities.is_some() => {
                (Task::Multiclass, "the probabilities of the classes are named".to_owned())
            }
            Some(_) if zero_one => (Task::Binary, format!("`{name}` is 0 or 1")),
            _ if two && label.could_be_classes() => {
                (Task::Binary, format!("`{name}` has {count} values"))
            }
            None if count > 2 => (Task::Multiclass, format!("`{name}` has {count} values")),
            None => {
                let only = label.levels.first().cloned().unwrap_or_default();
                return Err(Error::input(format!(
                    "column `{name}` of {} holds only `{only}`",
                    self.survey.source
                ))
                .hint("a label needs rows of both classes; --task says what is predicted"));
            }
            Some(_) if label.could_be_classes() && whole_answers => {
                (Task::Multiclass, format!("`{name}` and the answers are few whole numbers"))
            }
            Some(_) if label.whole && count <= FEW => {
                (Task::Regression, format!("`{name}` is a whole number, and the answers are not"))
            }
            Some(_) => (Task::Regression, format!("`{name}` is a number of many values")),
        };
        self.say("task", task.as_str(), why, "--task");
        self.written.task = Some(task.to_string());
        Ok(())
    }

    fn positive(&mut self, label: &Seen) -> Result<()> {
        let binary = self.written.task.as_deref() == Some(Task::Binary.as_str());
        let plain = |l: &String| {
            ["0", "1", "true", "false"].iter().any(|word| l.eq_ignore_ascii_case(word))
        };
        if !binary || self.written.positive.is_some() || label.levels.iter().all(plain) {
            return Ok(());
        }
        let levels: Vec<&String> = label.levels.iter().collect();
        let found = match levels.as_slice() {
            [a, b] => names::positive(a, b),
            _ => None,
        };
        let Some(found) = found.map(str::to_owned) else {
            let shown: Vec<&str> = levels.iter().take(FEW).map(|l| l.as_str()).collect();
            return Err(Error::input(format!(
                "column `{}` of {} does not say which label is the positive one: {}",
                label.name,
                self.survey.source,
                shown.join(", ")
            ))
            .hint("say it with --positive LABEL, or say the task with --task"));
        };
        self.say("positive", &found, "of two such labels it usually is", "--positive");
        self.written.positive = Some(found);
        Ok(())
    }

    fn champion(&mut self) -> Result<()> {
        let multiclass = self.written.task.as_deref() == Some(Task::Multiclass.as_str());
        let known = self.written.champion.is_some()
            || self.written.champion_probabilities.is_some()
            || self.written.probabilities.is_some();
        if known {
            return Ok(());
        }
        let named = self.named(names::CHAMPION, |c| multiclass || c.numbers.is_some());
        match named.as_slice() {
            [] => {}
            [one] => {
                self.say("champion", one, "by its name", "--champion");
                self.written.champion = Some(one.clone());
            }
            several => return Err(self.unclear("the champion's score", "--champion", several)),
        }
        Ok(())
    }

    fn id(&mut self, other: &Survey) -> Result<()> {
        if self.written.id.is_some() {
            return Ok(());
        }
        let mut named = self.named(names::ID, |_| true);
        named.retain(|name| other.column(name).is_some());
        match named.as_slice() {
            [one] => {
                let one = one.clone();
                self.say("id", &one, "by its name, in both files", "--id");
                self.written.id = Some(one);
                Ok(())
            }
            several => Err(self.unclear("the id that joins the files", "--id", several)),
        }
    }

    fn weight(&mut self) {
        if self.written.weight.is_none()
            && let [one] = self.named(names::WEIGHT, |c| c.numbers.is_some()).as_slice()
        {
            self.say("weight", one, "by its name", "--weight");
            self.written.weight = Some(one.clone());
        }
    }
}

/// Columns of probabilities with a common beginning.
struct Group {
    prefix: String,
    columns: Vec<String>,
}

fn is_another_role(name: &str) -> bool {
    [names::CHAMPION, names::WEIGHT, names::ID].iter().any(|usual| names::is_one_of(name, usual))
}
