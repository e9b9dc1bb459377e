package stix

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// What is read does not depend on how ids are hashed: not if some share their hash, and not if all do.
func TestSharedHashes(t *testing.T) {
	var list []string
	for n := range 40 {
		id := fmt.Sprintf("vulnerability--00000000-0000-4000-8000-%012d", n%25)
		list = append(list, fmt.Sprintf(`{"type":"vulnerability","spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-%02dT00:00:00.000Z","name":"%d"}`,
			id, 1+n/30, n%35))
	}
	for n := range 6 { // a ring of folders, and one beside it
		list = append(list, fmt.Sprintf(`{"type":"directory","id":"directory--00000000-0000-4000-8000-%012d","path":"/%d","contains_refs":["directory--00000000-0000-4000-8000-%012d"]}`, n, n, (n+1)%5))
	}
	text := `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[` + strings.Join(list, ",") + `]}`
	read := func(hash func(string) uint64) ([]Object, []Rejected) {
		p := parse(Limits{}.full())
		if hash != nil {
			p.hash = hash
		}
		if err := p.read(NewReader(strings.NewReader(text), Limits{})); err != nil {
			t.Fatal(err)
		}
		p.settle()
		return p.flat(), p.rejected
	}
	objects, rejected := read(nil)
	if len(objects) == 0 || len(rejected) == 0 {
		t.Fatal(len(objects), len(rejected))
	}
	for name, hash := range map[string]func(string) uint64{
		"all": func(string) uint64 { return 7 }, "some": func(id string) uint64 { return uint64(id[len(id)-1]) },
	} {
		if o, r := read(hash); !reflect.DeepEqual(o, objects) || !reflect.DeepEqual(r, rejected) {
			t.Errorf("%s: %d objects and %d set aside, not %d and %d", name, len(o), len(r), len(objects), len(rejected))
		}
	}
}
