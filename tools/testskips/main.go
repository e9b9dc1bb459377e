// Testskips reads the JSON lines of test runs and fails when a test that had to run was skipped.
//
//	go run ./testskips FILE...
//
// CI starts PostgreSQL itself, so a test there that was skipped for want of it is a fault of the set-up and would
// otherwise pass unseen. So is one for want of gpg, Chromium or another program that CI installs. Every skip is printed with its reason; those
// that name one of these, or FIREHALL_TEST, fail. So does a run in which no test of a "postgres" variant passed at all.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is the part of a test2json line that matters here.
type event struct {
	Action, Package, Test, Output string
}

type result struct {
	skips    []string // "package test: reason", in order
	missing  int      // skips that had to run
	postgres int      // passed tests of a postgres variant
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "testskips: name the files of test events")
		os.Exit(2)
	}
	var all result
	for _, name := range os.Args[1:] {
		if err := all.file(name); err != nil {
			fmt.Fprintln(os.Stderr, "testskips:", err)
			os.Exit(1)
		}
	}
	if err := all.judge(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testskips:", err)
		os.Exit(1)
	}
}

// file adds what one run did.
func (r *result) file(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	one, err := read(f)
	r.skips = append(r.skips, one.skips...)
	r.missing += one.missing
	r.postgres += one.postgres
	return err
}

func read(r io.Reader) (result, error) {
	var out result
	said := map[string]string{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Test == "" {
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			said[key] += strings.TrimSpace(e.Output) + " "
		case "pass":
			if strings.Contains(e.Test, "/postgres") {
				out.postgres++
			}
		case "skip":
			out.skip(key, said[key])
		}
	}
	return out, lines.Err()
}

func (r *result) skip(key, reason string) {
	r.skips = append(r.skips, key+": "+strings.TrimSpace(reason))
	low := strings.ToLower(reason)
	named := slices.ContainsFunc(installed, func(what string) bool { return strings.Contains(low, what) })
	if named || strings.HasSuffix(key, "/postgres") {
		r.missing++
	}
}

// installed is what CI has: no test may be skipped for want of it.
var installed = []string{"postgres", "firehall_test", "gpg", "gnupg", "opendkim", "libreoffice", "soffice", "chromium", "swaks", "dovecot", "openssl", "npm"}

func (r *result) judge(w io.Writer) error {
	for _, s := range r.skips {
		fmt.Fprintln(w, "skipped:", s)
	}
	if r.missing > 0 {
		return fmt.Errorf("%d tests that must run here were skipped", r.missing)
	}
	if r.postgres == 0 {
		return fmt.Errorf("no test ran on PostgreSQL")
	}
	fmt.Fprintf(w, "%d skips, none of a test that must run; %d tests passed on PostgreSQL\n", len(r.skips), r.postgres)
	return nil
}
