//! A program that does nothing but use the terminal layer, for the tests in `tests/pty` and for trying terminals by
//! hand: it shows the events as they come.
//!
//! `q` quits · `P` panics in a thread · `E` edits a text in your editor · `F` floods the screen · `Ctrl-z` suspends ·
//! `Ctrl-l` repaints. The argument is the path the panic message names as the log.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};

use questdesk::app::key::Key;
use questdesk::domain::SafeText;
use questdesk::term::{
    Abilities, Input, Signal, TermError, TermEvent, Terminal, Written, install_panic_hook,
};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;

/// Exit codes as a shell gives them to programs that a signal ended.
const AFTER_HANGUP: u8 = 129;
const AFTER_TERMINATE: u8 = 143;

struct Probe {
    lines: Vec<String>,
    flooding: bool,
    frames: usize,
}

fn main() -> ExitCode {
    install_panic_hook(std::env::args_os().nth(1).map_or_else(|| PathBuf::from("probe.log"), PathBuf::from));
    match run() {
        Ok(code) => code,
        Err(error) => {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes());
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, TermError> {
    let abilities = Abilities::from_env(|name| std::env::var(name).ok())?;
    let (events, inbox) = channel();
    let mut terminal = Terminal::open(abilities, move |event| {
        let _ = events.send(event);
    })?;
    let mut probe = Probe { lines: vec!["ready".to_owned()], flooding: false, frames: 0 };
    let code = probe.turn(&mut terminal, &inbox);
    terminal.close();
    code
}

impl Probe {
    fn turn(&mut self, terminal: &mut Terminal, inbox: &Receiver<TermEvent>) -> Result<ExitCode, TermError> {
        loop {
            if self.flooding {
                terminal.repaint();
            }
            terminal.draw(|frame| self.show(frame));
            let Ok(event) = inbox.recv() else { return Ok(ExitCode::FAILURE) };
            match event {
                TermEvent::Written(Written::Frame(..)) => self.frames += 1,
                TermEvent::Painted(painted) => terminal.painted(painted),
                TermEvent::Input(Input::Gone)
                | TermEvent::Written(Written::Gone)
                | TermEvent::Signal(Signal::Gone) => return Ok(ExitCode::from(AFTER_HANGUP)),
                TermEvent::Signal(Signal::Terminate) => return Ok(ExitCode::from(AFTER_TERMINATE)),
                TermEvent::Signal(signal) => self.signal(signal, terminal)?,
                TermEvent::Input(Input::Key(key)) => {
                    if key == Key::char('q') {
                        return Ok(ExitCode::SUCCESS);
                    }
                    self.key(key, terminal)?;
                }
                TermEvent::Input(other) => self.say(format!("{other:?}")),
            }
        }
    }

    fn signal(&mut self, signal: Signal, terminal: &mut Terminal) -> Result<(), TermError> {
        match signal {
            Signal::Resize(width, height) => terminal.resize(width, height),
            Signal::Suspend => self.suspend(terminal),
            Signal::Continued => terminal.refresh()?,
            Signal::Gone | Signal::Terminate => {}
        }
        self.say(format!("signal {signal:?}"));
        Ok(())
    }

    fn key(&mut self, key: Key, terminal: &mut Terminal) -> Result<(), TermError> {
        self.say(format!("key {key}"));
        match key.to_string().as_str() {
            "P" => {
                let thread = std::thread::Builder::new().name("unlucky".to_owned());
                let _ = thread.spawn(|| {
                    #[expect(clippy::panic, reason = "this is what is probed")]
                    {
                        panic!("probed \u{1b}[31m");
                    }
                });
            }
            "E" => match terminal.edit("draft") {
                Ok(text) => self.say(format!("edited {}", SafeText::line(&text))),
                Err(questdesk::term::EditError::Terminal(error)) => return Err(error),
                Err(error) => self.say(error.to_string()),
            },
            "F" => self.flooding = true,
            "Ctrl-l" => terminal.repaint(),
            "Ctrl-z" => self.suspend(terminal),
            _ => {}
        }
        Ok(())
    }

    fn suspend(&mut self, terminal: &mut Terminal) {
        match terminal.suspend() {
            Ok(()) => self.say("back again".to_owned()),
            Err(error) => self.say(error.to_string()),
        }
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn show(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        if self.flooding {
            let noise: String = (0..area.area())
                .map(|n| char::from(b'!' + ((n as usize + self.frames) % 90) as u8))
                .collect();
            let wrapped = Paragraph::new(noise).wrap(ratatui::widgets::Wrap { trim: false });
            return frame.render_widget(wrapped, area);
        }
        let first = self.lines.len().saturating_sub(usize::from(area.height));
        for (line, y) in self.lines[first..].iter().zip(area.y..) {
            frame.render_widget(line.as_str(), Rect { y, height: 1, ..area });
        }
        let last = (self.lines.len() - first).saturating_sub(1) as u16;
        frame.set_cursor_position((0, last));
    }
}
