// Stylecut cuts Tabler's styles to what the pages use: the rules whose classes all stand in a page or a part, and the variables and
// animations that those rules, or ours, ask for. Whole, the styles are 79 kB on the way; a page should be lighter altogether.
//
//	go run ./stylecut           (in internal/web/assets; go generate does it)
//
// It also lets the theme "auto" be dark by the system's wish: each rule of the dark theme stands a second time under a media query.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	text, err := Cut(".")
	if err == nil {
		err = os.WriteFile("tabler.css", []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stylecut:", err)
		os.Exit(1)
	}
}

// Cut gives the styles for the pages in the folder above assets.
func Cut(assets string) (string, error) {
	whole, err := os.ReadFile(filepath.Join(assets, "taken", "tabler.min.css"))
	if err != nil {
		return "", err
	}
	ours, err := os.ReadFile(filepath.Join(assets, "firehall.css"))
	if err != nil {
		return "", err
	}
	used, err := classes(filepath.Join(assets, ".."))
	if err != nil {
		return "", err
	}
	return cut(string(whole), string(ours), used), nil
}

const head = "/* Cut from Tabler (MIT, https://tabler.io) by stylecut; do not edit. */\n"

func cut(whole, ours string, used map[string]bool) string {
	rules := keep(parse(whole), used)
	rules = append(rules, dark(rules)...)
	for { // what only unused variables ask for is unused too
		asked := references(write(rules) + ours)
		before := len(write(rules))
		rules = drop(rules, asked)
		if len(write(rules)) == before {
			return head + write(rules)
		}
	}
}
