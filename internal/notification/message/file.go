package message

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/text/language"

	"github.com/firehall/firehall/internal/core/problem"
)

// File is one file of texts. A language has two: LetterFile and AdviceFile.
type File struct {
	Language string // its folder: en, fr, pt-BR
	Name     string // LetterFile or AdviceFile
	Text     string
	Version  string // of one that was activated; empty otherwise
}

// The files of a language.
const (
	LetterFile = letterFile
	AdviceFile = adviceFile
)

// MaxFile is how large a file of texts may be, in bytes.
const MaxFile = maxFile

// Origin is where the text in force comes from. What was activated stands before the folder's, and that before the built-in one.
type Origin string

// The origins.
const (
	BuiltIn   Origin = "built-in"
	Folder    Origin = "folder" // notify.templates
	Activated Origin = "activated"
)

// Used is a file of texts in force.
type Used struct {
	File
	Origin Origin
}

// Check refuses a file that could not be one of texts, whatever stands in it: Invalid, naming what is wrong.
func (f File) Check() error {
	if f.Name != letterFile && f.Name != adviceFile {
		return problem.New(problem.Invalid, "texts have the files %s and %s", letterFile, adviceFile)
	}
	tag, err := language.Parse(f.Language)
	if err != nil || len(f.Language) > 35 || tag.String() != f.Language {
		return problem.New(problem.Invalid, "a language is written as its folder is named: en, fr, pt-BR")
	}
	if len(f.Text) > maxFile {
		return problem.New(problem.Invalid, "the text has %d bytes; %d are the most", len(f.Text), maxFile)
	}
	return nil
}

func textsOf(o Options) texts {
	t := texts{own: ownFolder(o.Dir), over: map[string]File{}}
	for _, f := range o.Over {
		t.over[path.Join(f.Language, f.Name)] = f
	}
	return t
}

// Files lists the texts in force, by language and name; with Options.Over empty, what stands beneath those that were activated.
func Files(o Options) ([]Used, error) {
	t := textsOf(o)
	names, err := t.languages()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []Used
	for _, lang := range names {
		for _, name := range []string{letterFile, adviceFile} {
			u, err := t.used(lang, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, unread(path.Join(lang, name), err)
			}
			out = append(out, u)
		}
	}
	return out, nil
}

func (t texts) used(lang, name string) (Used, error) {
	u := Used{File: File{Language: lang, Name: name}, Origin: Folder}
	if f, ok := t.over[path.Join(lang, name)]; ok {
		u.File, u.Origin = f, Activated
		return u, nil
	}
	raw, _, err := t.read(lang, name, true)
	if errors.Is(err, fs.ErrNotExist) {
		u.Origin = BuiltIn
		raw, _, err = t.read(lang, name, false)
	}
	u.Text = string(raw)
	return u, err
}

// With is the options with a file put over the others.
func (o Options) With(f File) Options {
	over := []File{f}
	for _, x := range o.Over {
		if x.Language != f.Language || x.Name != f.Name {
			over = append(over, x)
		}
	}
	o.Over = over
	return o
}
