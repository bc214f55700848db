//! The frame of the page, and the only way for a text to get into it. It knows no stand-in.

use std::fmt;

use chrono::{DateTime, FixedOffset, Utc};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A text that shows as it is, whoever wrote it.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                plain => fmt::Write::write_char(f, plain)?,
            }
        }
        Ok(())
    }
}

/// The time in China, which has no summer time.
pub(super) fn time(at: DateTime<Utc>) -> String {
    let east = FixedOffset::east_opt(8 * 3600).map(|china| at.with_timezone(&china));
    east.map(|at| at.format("%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// A part of the page under its heading. `inside` is HTML.
pub(super) fn section(id: &str, zh: &str, en: &str, inside: &str) -> String {
    format!("<section id=\"{id}\"><h2>{zh}<small>{en}</small></h2>{inside}</section>\n")
}

/// What stands where a list would be.
pub(super) fn nothing(zh: &str, en: &str) -> String {
    format!("<p class=\"none\">{zh}<small>{en}</small></p>")
}

/// The whole page around its sections.
pub(super) fn document(sections: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>备案沙箱 · ICP sandbox</title>\
         <style>{STYLE}</style></head>\n<body><header>\
         <h1>备案沙箱<small>The outside world of ICP filing, in a box</small></h1>\
         <p>人员、短信、邮件均为虚构，内容只留在本机内存。\
         <small>People, messages and letters are fictional and stay in this machine's memory.</small></p>\
         <nav><a href=\"#people\">演示人员</a><a href=\"#mail\">邮件</a><a href=\"#sms\">短信</a>\
         <a href=\"#face\">人脸核验</a><a href=\"#behaviour\">脚本</a>\
         <a href=\"/authority\">管局 →</a></nav></header>\n\
         <main>\n{sections}</main>\n<script>{SCRIPT}</script></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_no_html() {
        assert_eq!(Escaped("<b a=\"'&\">备案").to_string(), "&lt;b a=&quot;&#39;&amp;&quot;&gt;备案");
    }

    #[test]
    fn times_are_those_of_china() {
        assert_eq!(time("2026-03-02T16:30:00Z".parse().unwrap()), "03-03 00:30:00");
    }
}
