package incident

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// check refuses what is no report, and puts right what can be.
func (d *Draft) check() error {
	if !slices.Contains(Doors(), d.Door) {
		return problem.New(problem.Invalid, "a report comes by a door: %v, and not %q", Doors(), d.Door)
	}
	d.Subject, d.Text = line(d.Subject), text(d.Text)
	switch {
	case d.Subject == "" && strings.TrimSpace(d.Text) == "" && d.Machine == nil && len(d.Files) == 0 && d.Raw == nil && d.Answers == (Answers{}):
		return problem.New(problem.Invalid, "the report says nothing: write what happened, as text")
	case len(d.Subject) > MaxSubject:
		return problem.New(problem.Invalid, "the subject has %d bytes, and may have %d: put the rest into the text", len(d.Subject), MaxSubject)
	case len(d.Text) > MaxText:
		return problem.New(problem.Invalid, "the text has %d KiB, and may have %d: attach the rest as a file", len(d.Text)>>10, MaxText>>10)
	case len(d.Files) > MaxFiles:
		return problem.New(problem.Invalid, "there are %d files, and %d are taken: put them into an archive", len(d.Files), MaxFiles)
	case len(d.Key) > MaxField || len(d.About) > MaxField || d.TLP > tlp.Red:
		return problem.New(problem.Invalid, "the key, the label or what the report is about is none")
	}
	if err := d.Reporter.check(); err != nil {
		return err
	}
	return d.Answers.check()
}

func (r *Reporter) check() error {
	for _, f := range []struct {
		name string
		text *string
	}{{"name", &r.Name}, {"email", &r.Email}, {"phone", &r.Phone}, {"organisation", &r.Organisation}, {"language", &r.Language}} {
		if *f.text = line(*f.text); len(*f.text) > MaxField {
			return problem.New(problem.Invalid, "the reporter's %s has %d bytes, and may have %d", f.name, len(*f.text), MaxField)
		}
	}
	if r.Email == "" {
		return nil
	}
	a, err := mail.ParseAddress(r.Email)
	if err != nil || a.Address != r.Email {
		return problem.New(problem.Invalid, "%q is no mail address: write it as name@example.org, or leave it out", r.Email)
	}
	return nil
}

func (a *Answers) check() error {
	for _, f := range []struct {
		name string
		text *string
	}{{"happened", &a.Happened}, {"when", &a.When}, {"affected", &a.Affected}, {"impact", &a.Impact}, {"help", &a.Help}} {
		if *f.text = text(*f.text); len(*f.text) > MaxAnswer {
			return problem.New(problem.Invalid, "the answer to %q has %d bytes, and may have %d: put the rest into the text", f.name, len(*f.text), MaxAnswer)
		}
	}
	return nil
}

// children tells whether a machine says that it is about the abuse of children (X-ARF's content-csam and content-csem).
func (m *Machine) children() bool {
	if m == nil {
		return false
	}
	return strings.Contains(strings.ToLower(m.Type), "csam") || strings.Contains(strings.ToLower(m.Type), "csem")
}

// line makes one line of somebody's words.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
}

// text keeps lines, and takes out what neither database nor page can hold.
func text(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\r\n", "\n"))
}

// reason wants a person's words.
func reason(s string) (string, error) {
	s = line(s)
	switch {
	case s == "":
		return "", problem.New(problem.Invalid, "say why: the reason goes on record")
	case len(s) > MaxField:
		return "", problem.New(problem.Invalid, "the reason has %d bytes, and may have %d: put the rest into a note", len(s), MaxField)
	}
	return s, nil
}
