package message

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/firehall/firehall/internal/core/problem"
)

// Options says how letters are made. The zero value of each field is its default.
type Options struct {
	Dir      string        // own templates; "" has none
	Over     []File        // texts that stand before both own and built-in ones: those that were activated
	Default  string        // language for contacts of no, or an unknown, language; "en"
	ListRows int           // observations of a section in the text; 50
	PartSize int64         // bytes of one message, encoded; 4 MiB
	Deadline time.Duration // of one run of a template; 2 s
	MaxText  int           // bytes of the text; 1 MiB
}

// Renderer makes letters. It is safe for concurrent use.
type Renderer struct {
	o       Options
	voices  []*voice // the default first
	matcher language.Matcher
	zones   sync.Map // name -> *time.Location
	spoken  sync.Map // language asked for -> *voice
}

// New reads the templates and tries each on an example. One of the team's own that cannot be used is problem.Invalid, with its file and line.
func New(o Options) (*Renderer, error) {
	o.Default = cmp.Or(o.Default, "en")
	o.ListRows = cmp.Or(o.ListRows, 50)
	o.PartSize = cmp.Or(o.PartSize, 4<<20)
	o.Deadline = cmp.Or(o.Deadline, 2*time.Second)
	o.MaxText = cmp.Or(o.MaxText, 1<<20)
	r := &Renderer{o: o}
	from := textsOf(o)
	names, err := from.languages()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		v, err := from.speak(name)
		if err != nil {
			return nil, err
		}
		r.voices = append(r.voices, v)
	}
	if err := r.choose(o.Default); err != nil {
		return nil, err
	}
	return r, r.try()
}

func ownFolder(dir string) fs.FS {
	if dir == "" {
		return nil
	}
	return os.DirFS(dir)
}

// choose puts the default language first, which is what the matcher falls back to.
func (r *Renderer) choose(name string) error {
	tags := make([]language.Tag, len(r.voices))
	found := false
	for i, v := range r.voices {
		if strings.EqualFold(v.name, name) {
			r.voices[0], r.voices[i] = r.voices[i], r.voices[0]
			found = true
		}
	}
	if !found {
		return problem.New(problem.Invalid, "there are no texts in the language %q: set notify.language to one that has a folder in notify.templates, or to en or fr", visible(clip(name, 40)))
	}
	for i, v := range r.voices {
		tags[i] = language.Make(v.name)
	}
	r.matcher = language.NewMatcher(tags)
	return nil
}

// voice finds the texts for a contact's language.
func (r *Renderer) voice(lang string) *voice {
	if lang == "" || len(lang) > 64 {
		return r.voices[0]
	}
	if v, ok := r.spoken.Load(lang); ok {
		return v.(*voice)
	}
	v := r.voices[0]
	if want, err := language.Parse(lang); err == nil {
		if _, i, sure := r.matcher.Match(want); sure != language.No {
			v = r.voices[i]
		}
		r.spoken.Store(lang, v) // there are not many languages
	}
	return v
}

// Render writes the letter in all its forms. An error means that nothing of it may be sent: problem.Invalid when the letter is too long,
// problem.Internal when its template cannot be used, problem.Unavailable when ctx ended.
func (r *Renderer) Render(ctx context.Context, l Letter) (Rendered, error) {
	v := r.voice(l.Language)
	l = totals(l)
	data := r.look(v, l)
	files, err := r.attach(l)
	if err != nil {
		return Rendered{}, err
	}
	data.CSV, data.XARF, data.NoXARF = files.csv.Name, files.xarf.Name, files.tooBig
	out := Rendered{Attachments: files.list()}
	if out.Subject, out.Generic, err = r.subjects(ctx, v, l, &data); err != nil {
		return Rendered{}, err
	}
	raw, err := v.run(ctx, v.letter.Name(), &data, r.o.MaxText, r.o.Deadline)
	if err != nil {
		return Rendered{}, err
	}
	out.Text = fold(raw)
	out.Payload, err = r.payload(l, data.Title, files.csv)
	return out, err
}

// Subject returns the two subjects of the letter, without rendering it.
func (r *Renderer) Subject(l Letter) (subject, generic string, err error) {
	v := r.voice(l.Language)
	l = totals(l)
	data := r.look(v, brief(l))
	return r.subjects(context.Background(), v, l, &data)
}

// brief leaves of a letter what its subject is made of.
func brief(l Letter) Letter {
	sections := make([]Section, len(l.Sections))
	for i, s := range l.Sections {
		s.Rows = nil
		sections[i] = s
	}
	l.Sections = sections
	return l
}

// maxSubject is how many letters a subject has at most: mail programs show half of that.
const maxSubject = 140

// subjects makes both subjects: the label and ticket in brackets, what it is about, and which part.
func (r *Renderer) subjects(ctx context.Context, v *voice, l Letter, data *view) (subject, generic string, err error) {
	tags := "[" + l.Label.String() + "] "
	if data.Ticket != "" {
		tags += "[" + data.Ticket + "] "
	}
	part := ""
	if data.Parts != "" {
		if part, err = r.short(ctx, v, "part", data); err != nil {
			return "", "", err
		}
		part = " " + part
	}
	room := maxSubject - utf8.RuneCountInString(tags+part)
	if data.Title, err = r.short(ctx, v, "subject", data); err != nil {
		return "", "", err
	}
	data.Title = clipWords(data.Title, room)
	if generic, err = r.short(ctx, v, "generic", data); err != nil {
		return "", "", err
	}
	return tags + data.Title + part, tags + clip(generic, room) + part, nil
}

// short runs a template whose result is a piece of a line.
func (r *Renderer) short(ctx context.Context, v *voice, name string, data *view) (string, error) {
	s, err := v.run(ctx, name, data, 4<<10, r.o.Deadline)
	if err != nil {
		return "", err
	}
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, string(glue), " ")), " ")
	return clipWords(visible(strings.ReplaceAll(s, "\u00a0", " ")), maxSubject/2+20), nil
}

// clipWords cuts a list, or a sentence, between its items, or its words, and not within one, if it finds where.
func clipWords(s string, runes int) string {
	short := clip(s, runes)
	if len(short) == len(s) {
		return s
	}
	for _, gap := range []string{", ", " "} {
		if i := strings.LastIndex(short, gap); i > len(short)/3 {
			return short[:i] + gap + "…"
		}
	}
	return short
}
