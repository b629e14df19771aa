//! The table at the end: what was measured, beside what, and whether the goal was met.

use std::process::ExitCode;

/// Collects lines as they are measured.
pub struct Report {
    lines: Vec<Line>,
}

struct Line {
    what: String,
    figure: String,
    goal: Option<(String, bool)>,
}

impl Report {
    pub fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// A figure without a goal: a limit, or for orientation.
    pub fn note(&mut self, what: &str, figure: String) {
        println!("{what}: {figure}");
        self.lines.push(Line { what: what.to_owned(), figure, goal: None });
    }

    /// A figure that must be at most `goal`.
    pub fn at_most(&mut self, what: &str, value: f64, goal: f64, unit: &str) {
        self.goal(what, value, format!("at most {goal}{unit}"), value <= goal, unit);
    }

    /// A figure that must be at least `goal`.
    pub fn at_least(&mut self, what: &str, value: f64, goal: f64, unit: &str) {
        self.goal(what, value, format!("at least {goal}{unit}"), value >= goal, unit);
    }

    fn goal(&mut self, what: &str, value: f64, goal: String, met: bool, unit: &str) {
        let figure = if value >= 1_000.0 { format!("{value:.0}{unit}") } else { format!("{value:.2}{unit}") };
        println!("{what}: {figure} ({goal}{})", if met { "" } else { ", MISSED" });
        self.lines.push(Line { what: what.to_owned(), figure, goal: Some((goal, met)) });
    }

    /// Prints the table; exit code 1 when a goal was missed.
    pub fn print(&self) -> ExitCode {
        let width = self.lines.iter().map(|line| line.what.chars().count()).max().unwrap_or(0);
        let figures = self.lines.iter().map(|line| line.figure.chars().count()).max().unwrap_or(0);
        println!("\n{:<width$}  {:>figures$}  goal", "what", "figure");
        for Line { what, figure, goal } in &self.lines {
            let goal = goal
                .as_ref()
                .map_or(String::new(), |(goal, met)| format!("{goal}  {}", if *met { "met" } else { "MISSED" }));
            println!("{what:<width$}  {figure:>figures$}  {goal}");
        }
        let missed = self.lines.iter().filter(|line| line.goal.as_ref().is_some_and(|(_, met)| !met)).count();
        println!("\n{missed} goals missed");
        if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
