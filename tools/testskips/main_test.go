package main

import (
	"io"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	const passed = `{"Action":"pass","Package":"p","Test":"TestStore/postgres"}` + "\n"
	tests := []struct {
		name, events, want string
	}{
		{"all ran", passed, ""},
		{"a skip for another reason", passed + skip("TestLists", "the reference list is not here"), ""},
		{"PostgreSQL is missing", passed + skip("TestOther", "PostgreSQL is not running"), "were skipped"},
		{"a postgres variant without a reason", passed + skip("TestOther/postgres", ""), "were skipped"},
		{"gpg is missing", passed + skip("TestKey", "there is no gpg here"), "were skipped"},
		{"opendkim is missing", passed + skip("TestSeal", "there is no opendkim-testmsg here"), "were skipped"},
		{"LibreOffice is missing", passed + skip("TestSheet", "there is no libreoffice here"), "were skipped"},
		{"no test ran on PostgreSQL", `{"Action":"pass","Package":"p","Test":"TestStore/sqlite"}`, "no test ran"},
		{"lines that are no events", "not json\n" + passed, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := read(strings.NewReader(tt.events))
			if err == nil {
				err = r.judge(io.Discard)
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func skip(test, reason string) string {
	return `{"Action":"output","Package":"p","Test":"` + test + `","Output":"` + reason + `\n"}` + "\n" +
		`{"Action":"skip","Package":"p","Test":"` + test + `"}` + "\n"
}
