//! Markdown for summaries, and self-contained HTML with SVG plots.
