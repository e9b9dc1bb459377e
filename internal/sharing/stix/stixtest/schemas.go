// Package stixtest holds what tests of STIX share: whether an object fits the schemas that OASIS publishes for it. The schemas are
// reference data that lie beside the checkout; where they do not, the test says so and is skipped.
package stixtest

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// base is what the addresses of the schemas begin with.
const base = "http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/"

// Schemas gives what says whether an object, as it is written, fits the published schema of its type.
func Schemas(t *testing.T) func(raw []byte) error {
	t.Helper()
	dir := above(t, "shared/data/stix/schemas")
	c := jsonschema.NewCompiler()
	c.UseLoader(folder(dir))
	c.UseRegexpEngine(compile)
	return func(raw []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		object, _ := doc.(map[string]any)
		for _, sub := range []string{"sdos", "sros", "observables", "common"} {
			name := fmt.Sprintf("%s/%v.json", sub, object["type"])
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				continue
			}
			s, err := c.Compile(base + name)
			if err != nil {
				return err
			}
			return s.Validate(doc)
		}
		return fmt.Errorf("no schema is published for %v", object["type"])
	}
}

// compile leaves out the expressions for URLs and product names: they need more than RE2 knows.
func compile(s string) (jsonschema.Regexp, error) {
	if strings.Contains(s, "(?!") || len(s) > 1500 {
		s = ""
	}
	return regexp.Compile(s)
}

// folder loads schemas by the paths of their published addresses.
type folder string

// Load reads a schema.
func (f folder) Load(address string) (any, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	_, name, _ := strings.Cut(u.Path, "/schemas/")
	raw, err := os.ReadFile(filepath.Join(string(f), path.Clean("/"+name)))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(raw))
}

// above finds a folder in one of those above the one that the test runs in.
func above(t *testing.T, name string) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for from := at; ; at = filepath.Dir(at) {
		if dir := filepath.Join(at, name); exists(dir) {
			return dir
		}
		if at == filepath.Dir(at) {
			t.Skipf("the reference data are not here: there is no %s above %s", name, from)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
