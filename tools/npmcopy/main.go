// Npmcopy copies what the pages load from the npm packages, and writes down what it copied.
//
//	go run ./npmcopy ASSETS
//
// ASSETS is internal/web/assets, with npm/node_modules as `npm ci` leaves it. Files go to ASSETS/taken; axe-core, which only the browser
// tests load, to test/browser/axe. The same packages give the same bytes: a test of the assets compares them with taken/files.json, and
// the versions there with npm/package-lock.json.
package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// file is one vendored file, as files.json lists it.
type file struct {
	Path    string `json:"path"`    // below taken
	Package string `json:"package"` // npm's name
	Version string `json:"version"`
	From    string `json:"from"` // what it was copied or made from, in the package
	SHA256  string `json:"sha256"`
	SRI     string `json:"sri"` // sha384, as the attribute integrity has it
}

// copies are the files taken as they are.
var copies = []file{
	{Path: "htmx.min.js", Package: "htmx.org", From: "dist/htmx.min.js"},
	{Path: "htmx.LICENSE", Package: "htmx.org", From: "LICENSE"},
	{Path: "tabler.min.css", Package: "@tabler/core", From: "dist/css/tabler.min.css"},
	{Path: "tabler-icons.LICENSE", Package: "@tabler/icons", From: "LICENSE"},
	{Path: "echarts.LICENSE", Package: "echarts", From: "LICENSE"},
	{Path: "echarts.NOTICE", Package: "echarts", From: "NOTICE"},
	{Path: "zrender.LICENSE", Package: "zrender", From: "LICENSE"},
	{Path: "tslib.LICENSE", Package: "tslib", From: "LICENSE.txt"},
	{Path: "../../../../test/browser/axe/axe.min.js", Package: "axe-core", From: "axe.min.js"},
	{Path: "../../../../test/browser/axe/LICENSE", Package: "axe-core", From: "LICENSE"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: npmcopy ASSETS")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "npmcopy:", err)
		os.Exit(1)
	}
}

func run(assets string) error {
	v := &copier{modules: filepath.Join(assets, "npm", "node_modules"), to: filepath.Join(assets, "taken")}
	for _, f := range copies {
		if err := v.copy(f); err != nil {
			return err
		}
	}
	if err := v.icons(filepath.Join(assets, "icons.txt")); err != nil {
		return err
	}
	if err := v.charts(filepath.Join(assets, "npm", "charts.js")); err != nil {
		return err
	}
	return v.list()
}

type copier struct {
	modules, to string
	files       []file
}

func (v *copier) copy(f file) error {
	body, err := os.ReadFile(filepath.Join(v.modules, f.Package, f.From))
	if err != nil {
		return fmt.Errorf("%w: run npm ci in internal/web/assets/npm", err)
	}
	return v.write(f, body)
}

// write writes a file and remembers what it is.
func (v *copier) write(f file, body []byte) error {
	version, err := v.version(f.Package)
	if err != nil {
		return err
	}
	short, long := sha256.Sum256(body), sha512.Sum384(body)
	f.Version, f.SHA256 = version, hex.EncodeToString(short[:])
	f.SRI = "sha384-" + base64.StdEncoding.EncodeToString(long[:])
	v.files = append(v.files, f)
	name := filepath.Join(v.to, f.Path)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, body, 0o644)
}

func (v *copier) version(pkg string) (string, error) {
	body, err := os.ReadFile(filepath.Join(v.modules, pkg, "package.json"))
	if err != nil {
		return "", err
	}
	var about struct{ Version string }
	err = json.Unmarshal(body, &about)
	return about.Version, err
}

func (v *copier) list() error {
	body, err := json.MarshalIndent(v.files, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(v.to, "files.json"), append(body, '\n'), 0o644)
}
