package printed

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/web/timeline"
)

// Markdown writes a document as Markdown. What people wrote stands in quotation marks of lines, so that it cannot pass for the document's own words.
// final says that it may leave as it is.
func Markdown(ctx context.Context, d dossier.Document, names timeline.Names, final bool) string {
	w := &writer{ctx: ctx, names: names}
	w.line("**" + d.Label.String() + "**")
	if !final {
		w.line("**" + T(ctx, "printed.draft") + "**")
	}
	w.line("# " + escape(strings.TrimSpace(d.Ref+" "+d.Title)))
	w.line(escape(T(ctx, "printed.by", "team", d.Team)) + " · " + T(ctx, "printed.for."+string(d.Audience)) + " · " + moment(ctx, d.Made))
	for _, f := range facts(ctx, &d) {
		w.WriteString("- " + escape(f.label) + ": " + escape(f.text) + "\n")
	}
	w.WriteString("\n")
	if d.Untold {
		w.line(T(ctx, "printed.untold"))
	}
	w.part("printed.statement", d.Statement)
	w.part("printed.summary", d.Summary)
	for i := range d.Sections {
		w.section(&d.Sections[i])
	}
	if d.Blanked > 0 {
		w.line(T(ctx, "printed.blanked", "n", d.Blanked))
	}
	w.line("**" + d.Label.String() + "** " + meaning(ctx, d.Label))
	return w.String()
}

func meaning(ctx context.Context, l tlp.Label) string { return T(ctx, "printed.tlp."+l.Short()) }

type writer struct {
	strings.Builder
	ctx   context.Context //nolint:containedctx // of the one document
	names timeline.Names
}

// line writes a paragraph.
func (w *writer) line(text string) { w.WriteString(text + "\n\n") }

// part writes what somebody wrote under a heading.
func (w *writer) part(key, text string) {
	if text != "" {
		w.line("## " + T(w.ctx, key))
		w.line(quote(text, ""))
	}
}

func (w *writer) section(s *dossier.Section) {
	w.line("## " + T(w.ctx, "printed.kind."+s.Kind))
	switch {
	case s.Kind == dossier.KindTimeline:
		w.timeline(s)
	case s.Kind == dossier.KindCustody:
		w.custody(s)
	case len(s.Rows) > 0:
		w.table(s)
	}
	if s.LeftOut > 0 {
		w.line(T(w.ctx, "printed.leftout", "n", s.LeftOut))
	}
}

func (w *writer) timeline(s *dossier.Section) {
	for i := range s.Rows {
		r := &s.Rows[i]
		what, text := says(w.ctx, w.names, r)
		line := "- " + moment(w.ctx, r.At)
		if who := by(r); who != "" {
			line += " " + escape(who)
		}
		w.WriteString(strings.TrimRight(line+" "+escape(what), " ") + "\n")
		if text != "" {
			w.WriteString("\n" + quote(text, "  ") + "\n\n")
		}
	}
	w.WriteString("\n")
}

func (w *writer) table(s *dossier.Section) {
	head := columns(w.ctx, s.Kind)
	w.head(head)
	for i := range s.Rows {
		cells := make([]string, len(head))
		for n := range cells {
			cells[n] = cell(w.ctx, s.Kind, &s.Rows[i], n)
		}
		w.row(cells)
	}
	w.WriteString("\n")
}

func (w *writer) head(columns []string) {
	w.row(columns)
	w.WriteString("|" + strings.Repeat(" --- |", len(columns)) + "\n")
}

func (w *writer) row(cells []string) {
	for _, text := range cells {
		w.WriteString("| " + escape(text) + " ")
	}
	w.WriteString("|\n")
}

// custody writes the chain of each file under its name.
func (w *writer) custody(s *dossier.Section) {
	for _, h := range chains(w.ctx, s.Rows) {
		w.line("### " + escape(h.name))
		if h.digest != "" {
			w.line("SHA-256 " + h.digest)
		}
		if h.wrong != "" {
			w.line("**" + escape(h.wrong) + "**")
		}
		w.head(custodyColumns(w.ctx))
		for i := range h.entries {
			w.row(custodyCells(w.ctx, &h.entries[i]))
		}
		w.WriteString("\n")
	}
}

// escape makes a text mean itself, on one line.
func escape(text string) string {
	return special.Replace(strings.Join(strings.Fields(text), " "))
}

var special = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `&lt;`, ">", `&gt;`, "|", `\|`, "#", `\#`, "!", `\!`, "~", `\~`)

// quote puts each line of a text into a quotation.
func quote(text, indent string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(indent + "> " + strings.ReplaceAll(line, "\r", " "))
	}
	return b.String()
}
