package obligation

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
)

//go:embed data/*.toml
var shipped embed.FS

// Limits of a file with a law.
const (
	maxFile   = 256 << 10
	maxTracks = 20
	maxStages = 50
	maxWords  = 500
)

// The shape of a file.
type (
	lawFile struct {
		ID      string          `toml:"id"`
		Name    string          `toml:"name"`
		Source  string          `toml:"source"`
		Link    string          `toml:"link"`
		Article string          `toml:"article"`
		Status  string          `toml:"status"`
		From    *toml.LocalDate `toml:"valid_from"`
		Until   *toml.LocalDate `toml:"valid_until"`
		Zone    string          `toml:"zone"`
		Of      Subject         `toml:"of"`
		Facts   []factFile      `toml:"fact"`
		Tracks  []trackFile     `toml:"track"`
	}
	factFile struct {
		ID     string `toml:"id"`
		Name   string `toml:"name"`
		French string `toml:"fr"`
	}
	trackFile struct {
		ID     string      `toml:"id"`
		Name   string      `toml:"name"`
		French string      `toml:"fr"`
		Stages []stageFile `toml:"stage"`
	}
	stageFile struct {
		ID      string    `toml:"id"`
		Name    string    `toml:"name"`
		French  string    `toml:"fr"`
		Article string    `toml:"article"`
		By      string    `toml:"by"`
		When    string    `toml:"when"`
		From    Anchor    `toml:"from"`
		Within  Span      `toml:"within"`
		AtMost  limitFile `toml:"at_most"`
		Latest  bool      `toml:"latest"`
		Met     []Anchor  `toml:"met"`
		Moves   moveFile  `toml:"moves"`
		Note    string    `toml:"note"`
	}
	limitFile struct {
		From   Anchor `toml:"from"`
		Within Span   `toml:"within"`
	}
	moveFile struct {
		To   string `toml:"to"`
		When string `toml:"when"`
	}
)

// Laws is a set of laws, each perhaps in several versions.
type Laws struct {
	list []*Law // by id, then by From
}

// Shipped gives the laws that come with Firehall. Errors: Internal.
func Shipped() (*Laws, error) {
	var laws Laws
	files, err := fs.Glob(shipped, "data/*.toml")
	for _, name := range files {
		if err != nil {
			break
		}
		var text []byte
		if text, err = shipped.ReadFile(name); err == nil {
			err = laws.add(name, text, false)
		}
	}
	return &laws, problem.Wrap(problem.Internal, err, "the laws that come with Firehall")
}

// Load gives the shipped laws and those of a team's own files, which go before shipped ones of the same id. Errors: Invalid, naming file and line.
func Load(files []string) (*Laws, error) {
	laws, err := Shipped()
	for _, name := range files {
		if err != nil {
			return nil, err
		}
		var text []byte
		if text, err = readFile(name); err == nil {
			err = laws.add(name, text, true)
		}
	}
	if err != nil {
		return nil, err
	}
	return laws, nil
}

func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxFile {
		return nil, problem.New(problem.Invalid, "%s has %d KiB, and a file of laws may have %d", name, info.Size()>>10, maxFile>>10)
	}
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "clocks.laws in the configuration")
	}
	text, err := os.ReadFile(name)
	return text, problem.Wrap(problem.Invalid, err, "clocks.laws in the configuration")
}

// add reads a file into the set.
func (ls *Laws) add(name string, text []byte, own bool) error {
	l, err := Parse(name, text)
	if err != nil {
		return err
	}
	l.Own = own
	if own {
		ls.list = slices.DeleteFunc(ls.list, func(other *Law) bool { return other.ID == l.ID && !other.Own })
	}
	for _, other := range ls.list {
		if other.ID == l.ID && other.overlaps(l) {
			return problem.New(problem.Invalid, "%s: there is a law %q for the same days already: give the older one a valid_until before the other's valid_from", name, l.ID)
		}
	}
	ls.list = append(ls.list, l)
	slices.SortStableFunc(ls.list, func(a, b *Law) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		return a.From.Compare(b.From)
	})
	return nil
}

func (l *Law) overlaps(o *Law) bool {
	return (l.Until.IsZero() || !o.From.After(l.Until)) && (o.Until.IsZero() || !l.From.After(o.Until))
}

// Parse reads one law from TOML; name is what errors call it. Errors: Invalid, with the line where there is one.
func Parse(name string, text []byte) (*Law, error) {
	if len(text) > maxFile {
		return nil, problem.New(problem.Invalid, "%s has more than %d KiB", name, maxFile>>10)
	}
	var f lawFile
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, unreadable(name, err)
	}
	c := checker{name: name, text: string(text)}
	l := c.law(&f)
	if c.err != nil {
		return nil, c.err
	}
	return l, nil
}

// unreadable says where a file cannot be read.
func unreadable(name string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		one := unknown.Errors[0]
		row, _ := one.Position()
		return problem.New(problem.Invalid, "%s:%d: no law has %q: take it out, or see how it is spelt", name, row, strings.Join(one.Key(), "."))
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		return problem.New(problem.Invalid, "%s:%d: %s", name, row, strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return problem.New(problem.Invalid, "%s: %v", name, err)
}

// All lists the laws that count at a moment: of each the version that is valid then, or the next one.
func (ls *Laws) All(at time.Time) (list []*Law) {
	for _, id := range ls.IDs() {
		if l, err := ls.Find(id, at); err == nil {
			list = append(list, l)
		}
	}
	return list
}

// IDs lists the ids of the laws.
func (ls *Laws) IDs() (ids []string) {
	for _, l := range ls.list {
		if len(ids) == 0 || ids[len(ids)-1] != l.ID {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// Find gives the version of a law that is valid at a moment; if none is, the nearest before it, else the first. Errors: NotFound.
func (ls *Laws) Find(id string, at time.Time) (found *Law, err error) {
	for _, l := range ls.list {
		if l.ID == id && (found == nil || !l.From.After(at)) {
			found = l
		}
	}
	if found == nil {
		return nil, problem.New(problem.NotFound, "there is no law %q: %s are known%s", id, strings.Join(ls.IDs(), ", "), nearest.Hint(id, ls.IDs()))
	}
	return found, nil
}

// Duty finds a law and its track by what Duty names. Errors: NotFound.
func (ls *Laws) Duty(name string, at time.Time) (*Law, Track, error) {
	id, track, _ := strings.Cut(name, "/")
	l, err := ls.Find(id, at)
	if err != nil {
		return nil, Track{}, err
	}
	t, ok := l.Track(track)
	if track == "" && len(l.Tracks) == 1 {
		t, ok = l.Tracks[0], true
	}
	if !ok {
		return nil, Track{}, problem.New(problem.NotFound, "%s has no %q: %s", l.Name, track, strings.Join(l.duties(), ", "))
	}
	return l, t, nil
}

// duties lists what one can decide about.
func (l *Law) duties() (list []string) {
	for _, t := range l.Tracks {
		list = append(list, Duty(l.ID, t.ID))
	}
	return list
}
