package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxFile bounds the configuration file and files of secrets, in bytes.
const maxFile = 4 << 20

// Load reads the file at path, and the environment as os.Environ gives it. An
// empty path means that there is no file. Errors are problem.Invalid and list
// everything that is wrong.
func Load(path string, environ []string) (Config, error) {
	if path == "" {
		return Parse("", nil, environ)
	}
	text, err := readBounded(path)
	if err != nil {
		return Config{}, problem.Wrap(problem.Invalid, err, "read the configuration")
	}
	return Parse(path, text, environ)
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for, a device read without end
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes: no configuration is that long", path, info.Size())
	}
	return os.ReadFile(path)
}

// Parse reads a configuration from text; name is what messages call it.
func Parse(name string, text []byte, environ []string) (Config, error) {
	values := map[string]any{}
	if err := toml.Unmarshal(text, &values); err != nil {
		return Config{}, syntax(name, err)
	}
	cfg := Default()
	b := &binder{name: name, lines: lineNumbers(text), files: readBounded}
	b.config(&cfg, values, environ)
	b.validate(&cfg)
	return cfg, b.err()
}

// syntax says where the text is no TOML.
func syntax(name string, err error) error {
	var at *toml.DecodeError
	if errors.As(err, &at) {
		row, column := at.Position()
		return problem.Wrap(problem.Invalid, err, "%s line %d column %d is no TOML", name, row, column)
	}
	return problem.Wrap(problem.Invalid, err, "%s is no TOML", name)
}

// binder puts values into the configuration and gathers what is wrong.
type binder struct {
	name  string
	lines map[string]int // where each key of the file stands
	files func(path string) ([]byte, error)
	wrong []complaint
}

// complaint is one thing that is wrong.
type complaint struct {
	line int // in the file; 0 if it is elsewhere
	text string
}

// complain notes an error about a key, such as "ingest.workers".
func (b *binder) complain(key, format string, args ...any) {
	c := complaint{line: b.line(key), text: key + ": " + fmt.Sprintf(format, args...)}
	if c.line > 0 {
		c.text = fmt.Sprintf("%s line %d: %s", b.name, c.line, c.text)
	}
	b.wrong = append(b.wrong, c)
}

// complainEnv notes an error about an environment variable.
func (b *binder) complainEnv(name, text string) {
	b.wrong = append(b.wrong, complaint{text: name + " in the environment: " + text})
}

// line finds the line of a key, or of the nearest table above it.
func (b *binder) line(key string) int {
	for key != "" {
		if n := b.lines[key]; n > 0 {
			return n
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return 0
}

// err joins what is wrong into one error, in the order of the file.
func (b *binder) err() error {
	if len(b.wrong) == 0 {
		return nil
	}
	slices.SortFunc(b.wrong, func(x, y complaint) int {
		return cmp.Or(cmp.Compare(x.line, y.line), strings.Compare(x.text, y.text))
	})
	texts := make([]string, len(b.wrong))
	for i, c := range b.wrong {
		texts[i] = c.text
	}
	if len(texts) == 1 {
		return problem.New(problem.Invalid, "the configuration is wrong: %s", texts[0])
	}
	return problem.New(problem.Invalid, "the configuration is wrong in %d places:\n  %s", len(texts), strings.Join(texts, "\n  "))
}
