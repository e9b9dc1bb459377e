package message

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestTheGuideShowsARealLetter keeps the example of the guide what the program really writes.
func TestTheGuideShowsARealLetter(t *testing.T) {
	const guide = "../../../docs/guide/messages.md"
	raw, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	l := scenes()["mixed"]
	out := rendered(t, renderer(t, Options{}), l)
	head, rest, found := strings.Cut(string(raw), "```text\n")
	_, tail, ended := strings.Cut(rest, "```\n<!-- example: end -->")
	if !found || !ended {
		t.Fatal("the guide has no place for the example")
	}
	for _, s := range []string{out.Subject, out.Generic, out.Attachments[0].Name, out.Attachments[1].Name} {
		if !strings.Contains(head+tail, "`"+s+"`") {
			t.Errorf("the guide does not show %q", s)
		}
	}
	want := head + "```text\n" + out.Text + "```\n<!-- example: end -->" + tail
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(raw) {
		t.Error("the letter in the guide is not what is written now: run with -update")
	}
}

// TestTheGuideNamesTheFields holds the list of what templates see to the view itself.
func TestTheGuideNamesTheFields(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/guide/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range fieldNames() {
		if !strings.Contains(string(raw), "."+name) {
			t.Errorf("the guide does not name .%s", name)
		}
	}
}

// fieldNames are the names that templates may use; the view must hold texts, truths and lists, and have no methods.
func fieldNames() []string {
	var out []string
	for _, v := range []any{view{}, sectionView{}, rowView{}, teamView{}} {
		for i := range reflect.TypeOf(v).NumField() {
			out = append(out, reflect.TypeOf(v).Field(i).Name)
		}
	}
	return out
}

func TestTheViewIsFlat(t *testing.T) {
	for _, v := range []any{view{}, sectionView{}, rowView{}, teamView{}} {
		typ := reflect.TypeOf(v)
		if typ.NumMethod()+reflect.PointerTo(typ).NumMethod() != 0 {
			t.Errorf("%s has methods", typ)
		}
		for i := range typ.NumField() {
			kind := typ.Field(i).Type
			if kind.Kind() == reflect.Slice {
				kind = kind.Elem()
			}
			switch kind.Kind() {
			case reflect.String, reflect.Bool, reflect.Struct:
			default:
				t.Errorf("%s.%s is %s: a template could count with it or call it", typ, typ.Field(i).Name, kind)
			}
		}
	}
}
