package message

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"text/template"
	"time"

	"golang.org/x/text/language"

	"github.com/firehall/firehall/internal/core/problem"
)

//go:embed text
var builtin embed.FS

// The files of a language's folder.
const (
	letterFile = "message.txt.tmpl"
	adviceFile = "advice.toml"
)

// The templates that a letter's file defines, besides the letter itself.
var defines = []string{"subject", "generic", "part"}

// maxFile is how large a file of texts may be.
const maxFile = 1 << 20

// voice is one language: a letter's template and the advice.
type voice struct {
	name   string // fr
	letter *template.Template
	advice *book
	bad    atomic.Pointer[string] // why it is no longer used
}

// texts finds the files of a language: those put over, before own, before built-in.
type texts struct {
	own  fs.FS           // nil: none
	over map[string]File // by fr/advice.toml
}

// languages lists the folders of texts there are.
func (t texts) languages() ([]string, error) {
	var out []string
	for _, from := range []fs.FS{must(fs.Sub(builtin, "text")), t.own} {
		if from == nil {
			continue
		}
		entries, err := fs.ReadDir(from, ".")
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the templates cannot be read: %s", err)
		}
		for _, e := range entries {
			if !e.IsDir() || slices.Contains(out, e.Name()) {
				continue
			}
			if _, err := language.Parse(e.Name()); err != nil {
				return nil, problem.New(problem.Invalid, "templates: the folder %s is not named for a language (en, fr, pt-BR)", visible(e.Name()))
			}
			out = append(out, e.Name())
		}
	}
	for _, f := range t.over {
		if !slices.Contains(out, f.Language) {
			out = append(out, f.Language)
		}
	}
	slices.Sort(out)
	return out, nil
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return f
}

// read gives a file of the team's own, else the built-in one, and how to name it in messages.
func (t texts) read(lang, file string, own bool) (raw []byte, name string, err error) {
	name = path.Join(lang, file)
	if !own {
		raw, err = builtin.ReadFile(path.Join("text", name))
		return raw, name + " (built in)", err
	}
	if f, ok := t.over[name]; ok {
		return []byte(f.Text), name + " (version " + f.Version + ")", nil
	}
	if t.own == nil {
		return nil, name, fs.ErrNotExist
	}
	info, err := fs.Stat(t.own, name)
	if err != nil {
		return nil, name, err
	}
	if info.Size() > maxFile {
		return nil, name, problem.New(problem.Invalid, "%s has %d bytes; %d are the most", name, info.Size(), maxFile)
	}
	raw, err = fs.ReadFile(t.own, name)
	return raw, name, err
}

// speak reads the texts of a language. What is wrong with them is problem.Invalid with file and line: nobody is to be told nonsense.
func (t texts) speak(lang string) (*voice, error) {
	v := &voice{name: lang}
	raw, name, err := t.read(lang, letterFile, true)
	if errors.Is(err, fs.ErrNotExist) {
		raw, name, err = t.read(lang, letterFile, false)
	}
	if err != nil {
		return nil, unread(name, err)
	}
	if v.letter, err = parseLetter(name, string(raw)); err != nil {
		return nil, err
	}
	v.advice, err = t.book(lang)
	return v, err
}

func unread(name string, err error) error {
	return problem.Wrap(problem.Invalid, err, "templates: %s cannot be read (%s): a language needs %s and %s", name, err, letterFile, adviceFile)
}

// book puts the team's own advice over the built-in one.
func (t texts) book(lang string) (*book, error) {
	b := &book{}
	found := false
	for _, own := range []bool{false, true} {
		raw, name, err := t.read(lang, adviceFile, own)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, unread(name, err)
		}
		if b, err = readBook(name, raw, b); err != nil {
			return nil, err
		}
		found = true
	}
	if !found {
		return nil, unread(path.Join(lang, adviceFile), fs.ErrNotExist)
	}
	return b, nil
}

func parseLetter(name, raw string) (*template.Template, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(functions).Parse(raw)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%s", strings.TrimPrefix(err.Error(), "template: "))
	}
	for _, d := range defines {
		if t.Lookup(d) == nil {
			return nil, problem.New(problem.Invalid, "%s: {{define %q}} is missing", name, d)
		}
	}
	return t, inspect(t)
}

// run writes one of the voice's templates. It is given up at the deadline, and the voice is not used again: what hangs once hangs each time.
func (v *voice) run(ctx context.Context, name string, data *view, limit int, deadline time.Duration) (string, error) {
	if why := v.bad.Load(); why != nil {
		return "", problem.New(problem.Internal, "%s", *why)
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	out := &bounded{ctx: ctx, left: limit}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("it panicked: %v", p)
			}
		}()
		done <- v.letter.ExecuteTemplate(out, name, data)
	}()
	select {
	case err := <-done:
		return v.outcome(name, out, err)
	case <-ctx.Done():
	}
	// The writer refuses from now on, so what writes ends. The machine may have been asleep or busy: only what goes on for as long again hangs.
	grace := time.NewTimer(deadline)
	defer grace.Stop()
	select {
	case err := <-done:
		return v.outcome(name, out, err)
	case <-grace.C:
		return "", v.hangs(name)
	}
}

func (v *voice) outcome(name string, out *bounded, err error) (string, error) {
	switch {
	case err == nil:
		return out.text.String(), nil
	case errors.Is(err, errTooLong):
		return "", problem.New(problem.Invalid, "the text in %s would be longer than %d bytes: split the letter, or list fewer rows (notify.list_rows)", v.name, out.limit())
	case out.ctx.Err() != nil:
		return "", problem.Wrap(problem.Unavailable, out.ctx.Err(), "%s: writing %q was stopped before its end: try again", v.letter.Name(), name)
	}
	return "", problem.New(problem.Internal, "%s: %s", v.letter.Name(), strings.TrimPrefix(err.Error(), "template: "))
}

// hangs marks the voice as bad: its goroutine is given up, and another would be lost with each further letter.
func (v *voice) hangs(name string) error {
	why := fmt.Sprintf("%s: the template %q did not end in time and is no longer used; mend it and start again", v.letter.Name(), name)
	v.bad.Store(&why)
	return problem.New(problem.Internal, "%s", why)
}

var errTooLong = errors.New("the text is too long")

// bounded keeps what a template writes up to a limit and as long as somebody waits for it; a writer that fails ends the template.
type bounded struct {
	ctx  context.Context
	left int
	text strings.Builder
}

func (b *bounded) limit() int { return b.left + b.text.Len() }

func (b *bounded) Write(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if len(p) > b.left {
		return 0, errTooLong
	}
	b.left -= len(p)
	return b.text.Write(p)
}

// WriteTemplates writes the built-in texts into dir, one folder a language, for the team to change. Files that are there already stay as
// they are: it returns the names, from dir, of those that it wrote.
func WriteTemplates(dir string) ([]string, error) {
	var wrote []string
	err := fs.WalkDir(builtin, "text", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(p, "text/")
		raw, err := builtin.ReadFile(p)
		if err != nil {
			return err
		}
		written, err := writeNew(filepath.Join(dir, filepath.FromSlash(name)), raw)
		if written {
			wrote = append(wrote, name)
		}
		return err
	})
	if err != nil {
		return wrote, problem.Wrap(problem.Unavailable, err, "the templates could not be written to %s: %s", dir, err)
	}
	return wrote, nil
}

func writeNew(name string, raw []byte) (bool, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return false, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = f.Write(raw)
	return err == nil, errors.Join(err, f.Close())
}
