//! The table of results: each figure, and whether its goal was met.

use std::fmt;
use std::process::ExitCode;

/// Collects results as they are measured.
pub struct Report {
    lines: Vec<Row>,
}

struct Row {
    title: String,
    figure: String,
    goal: Option<(String, bool)>,
}

impl Report {
    pub fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// A figure without a goal: a limit, or for orientation.
    pub fn note(&mut self, title: &str, figure: String) {
        println!("{title}: {figure}");
        self.lines.push(Row { title: title.to_owned(), figure, goal: None });
    }

    /// A figure that must be at most `goal`.
    pub fn at_most(&mut self, title: &str, value: f64, goal: f64, unit: &str) {
        self.goal(title, figure(value, unit), format!("at most {goal}{unit}"), value <= goal);
    }

    /// A figure that must be at least `goal`.
    pub fn at_least(&mut self, title: &str, value: f64, goal: f64, unit: &str) {
        self.goal(title, figure(value, unit), format!("at least {goal}{unit}"), value >= goal);
    }

    /// Figures of several rounds, whose median must be at most `goal`.
    pub fn median_at_most(&mut self, title: &str, value: &Spread, goal: f64, unit: &str) {
        self.goal(title, format!("{value:.2}{unit}"), format!("at most {goal}{unit}"), value.median <= goal);
    }

    /// Figures of several rounds, whose median must be at least `goal`.
    pub fn median_at_least(&mut self, title: &str, value: &Spread, goal: f64, unit: &str) {
        self.goal(title, format!("{value:.2}{unit}"), format!("at least {goal}{unit}"), value.median >= goal);
    }

    fn goal(&mut self, title: &str, figure: String, goal: String, met: bool) {
        println!("{title}: {figure} ({goal}{})", if met { "" } else { ", MISSED" });
        self.lines.push(Row { title: title.to_owned(), figure, goal: Some((goal, met)) });
    }

    /// Prints the table. Exit code 1 if a goal was missed.
    pub fn print(&self) -> ExitCode {
        let width = self.lines.iter().map(|line| line.title.chars().count()).max().unwrap_or(0);
        let figures = self.lines.iter().map(|line| line.figure.chars().count()).max().unwrap_or(0);
        println!("\n{:<width$}  {:>figures$}  goal", "what", "figure");
        for Row { title, figure, goal } in &self.lines {
            let goal = goal
                .as_ref()
                .map_or(String::new(), |(goal, met)| format!("{goal}  {}", if *met { "met" } else { "MISSED" }));
            println!("{title:<width$}  {figure:>figures$}  {goal}");
        }
        let missed = self.lines.iter().filter(|line| line.goal.as_ref().is_some_and(|(_, met)| !met)).count();
        println!("\n{missed} goals missed");
        if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn figure(value: f64, unit: &str) -> String {
    if value >= 1_000.0 { format!("{value:.0}{unit}") } else { format!("{value:.2}{unit}") }
}

/// Figures of several rounds: minimum, median and maximum.
#[derive(Debug, PartialEq)]
pub struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    pub fn of(figures: impl Iterator<Item = f64>) -> Self {
        let figures: Vec<f64> = figures.collect();
        let min = figures.iter().copied().fold(f64::INFINITY, f64::min);
        let max = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { min, median: median(figures), max }
    }
}

/// With the given precision: `5.31 (4.90 to 6.02)`.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, median, max } = self;
        let digits = f.precision().unwrap_or(2);
        write!(f, "{median:.digits$} ({min:.digits$} to {max:.digits$})")
    }
}

/// The median.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_minimum_median_and_maximum() {
        let spread = Spread::of([5.31, 6.02, 4.9].into_iter());
        assert_eq!(spread, Spread { min: 4.9, median: 5.31, max: 6.02 });
        assert_eq!(format!("{spread:.1} x"), "5.3 (4.9 to 6.0) x");
    }

    #[test]
    fn the_median_is_compared_with_the_goal() {
        let mut report = Report::new();
        let spread = Spread::of([3.0, 4.0, 9.0].into_iter());
        report.median_at_least("orders", &spread, 4.0, " x");
        report.median_at_least("orders", &spread, 4.1, " x");
        report.median_at_most("p99", &spread, 4.0, " ms");
        report.median_at_most("p99", &spread, 3.9, " ms");
        let met: Vec<_> = report.lines.iter().filter_map(|line| line.goal.as_ref()).map(|(_, met)| *met).collect();
        assert_eq!(met, [true, false, true, false]);
    }
}
