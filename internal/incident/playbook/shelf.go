package playbook

import (
	"cmp"
	"embed"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
)

//go:embed shipped/*.md
var shipped embed.FS

// Shelf holds the playbooks that can be started, one text of each.
type Shelf struct{ books map[string]Book }

// maxBooks bounds how many a team may have.
const maxBooks = 500

// NewShelf reads the playbooks that come with the program, and the team's own: each *.md of a folder (nil: none). One of the team's takes the place of a
// shipped one with the same id. Errors: Invalid, a line for each fault, with the file's name.
func NewShelf(own fs.FS) (*Shelf, error) {
	s := &Shelf{books: map[string]Book{}}
	sub, err := fs.Sub(shipped, "shipped")
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "read the shipped playbooks")
	}
	if err := s.read(sub, true); err != nil || own == nil {
		return s, err
	}
	return s, s.read(own, false)
}

func (s *Shelf) read(from fs.FS, shipped bool) error {
	names, err := fs.Glob(from, "*.md")
	if err != nil || len(names) > maxBooks {
		return problem.New(problem.Invalid, "the folder of playbooks has %d files, and may have %d", len(names), maxBooks)
	}
	var wrong []string
	had := map[string]string{}
	for _, name := range names {
		b, err := readBook(from, name)
		switch {
		case err != nil:
			wrong = append(wrong, prefixed(name, err))
		case had[b.ID] != "":
			wrong = append(wrong, name+": line 1: the playbook "+b.ID+" is in "+had[b.ID]+" already")
		default:
			b.Shipped = shipped
			had[b.ID], s.books[b.ID] = name, b
		}
	}
	if len(wrong) > 0 {
		return problem.New(problem.Invalid, "%s", strings.Join(wrong, "\n"))
	}
	return nil
}

func readBook(from fs.FS, name string) (Book, error) {
	info, err := fs.Stat(from, name)
	if err != nil {
		return Book{}, problem.Wrap(problem.Unavailable, err, "read the playbook")
	}
	if info.Size() > MaxSource {
		return Book{}, problem.New(problem.Invalid, "line 1: the playbook has %d KiB, and may have %d", info.Size()>>10, MaxSource>>10)
	}
	source, err := fs.ReadFile(from, name)
	if err != nil {
		return Book{}, problem.Wrap(problem.Unavailable, err, "read the playbook")
	}
	return Parse(source)
}

// prefixed puts the file's name before each line.
func prefixed(name string, err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = path.Base(name) + ": " + lines[i]
	}
	return strings.Join(lines, "\n")
}

// Books lists the playbooks by id.
func (s *Shelf) Books() []Book {
	return slices.SortedFunc(maps.Values(s.books), func(a, b Book) int { return cmp.Compare(a.ID, b.ID) })
}

// Book gives a playbook as it would be started now.
func (s *Shelf) Book(id string) (Book, bool) {
	b, ok := s.books[id]
	return b, ok
}

// Suggest lists the playbooks that fit a class or a title: those that name a word of the title first.
func (s *Shelf) Suggest(class rsit.Class, title string) (list []Suggestion) {
	title = strings.ToLower(title)
	var byClass []Suggestion
	for _, b := range s.Books() {
		at := slices.IndexFunc(b.Marks, func(w string) bool { return w != "" && strings.Contains(title, w) })
		switch {
		case at >= 0:
			list = append(list, Suggestion{b, "word", b.Marks[at]})
		case slices.Contains(b.Classes, class):
			byClass = append(byClass, Suggestion{b, "class", string(class)})
		}
	}
	return append(list, byClass...)
}

// Diff tells what a later text of a playbook has that an earlier one had not, step by step.
func Diff(from, to *Book) (list []Change) {
	for _, s := range to.Steps {
		old, had := from.Step(s.ID)
		if !had {
			list = append(list, Change{Kind: Added, Step: s.ID, Title: s.Title})
		} else if fields := differing(&old, &s); len(fields) > 0 {
			list = append(list, Change{Changed, s.ID, s.Title, fields})
		}
	}
	for _, s := range from.Steps {
		if _, stays := to.Step(s.ID); !stays {
			list = append(list, Change{Kind: Removed, Step: s.ID, Title: s.Title})
		}
	}
	return list
}

func differing(a, b *Step) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title},
		{"text", a.Text == b.Text},
		{"role", a.Role == b.Role},
		{"due", a.Due == b.Due},
		{"needs", slices.Equal(a.Needs, b.Needs)},
		{"ask", a.Ask == b.Ask},
		{"when", slices.Equal(a.When, b.When)},
		{"optional", a.Optional == b.Optional},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
