// Sbom lists what a Go binary was built from, as a CycloneDX 1.6 document on standard output.
//
//	go run ./sbom BINARY
//
// It reads the build information that the Go linker leaves in the binary, so it tells what is inside and not what a
// go.mod wished for. The same binary gives the same document: the serial number is made from the content.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

type document struct {
	Format       string      `json:"bomFormat"`
	SpecVersion  string      `json:"specVersion"`
	SerialNumber string      `json:"serialNumber"`
	Version      int         `json:"version"`
	Metadata     metadata    `json:"metadata"`
	Components   []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("name one binary")
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read build information: %w", err)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(describe(info))
}

// describe turns build information into a document: the main module, the Go standard library, each dependency.
func describe(info *debug.BuildInfo) document {
	d := document{Format: "CycloneDX", SpecVersion: "1.6", Version: 1}
	d.Metadata.Component = describeModule("application", &info.Main)
	std := component{Type: "library", Name: "std", Version: info.GoVersion}
	std.PURL = "pkg:golang/std@" + info.GoVersion
	std.Ref = std.PURL
	d.Components = append(d.Components, std)
	for _, m := range info.Deps {
		d.Components = append(d.Components, describeModule("library", m))
	}
	d.SerialNumber = serial(d)
	return d
}

// describeModule names what is really in the binary: a replaced module counts as its replacement.
func describeModule(kind string, m *debug.Module) component {
	if m.Replace != nil {
		m = m.Replace
	}
	c := component{Type: kind, Name: m.Path, Version: m.Version}
	c.PURL = "pkg:golang/" + m.Path + "@" + m.Version
	c.Ref = c.PURL
	if m.Sum != "" {
		c.Properties = []property{{Name: "firehall:go-sum", Value: m.Sum}}
	}
	return c
}

// serial is a version 8 UUID (RFC 9562 §5.8) over the components, so that rebuilding changes nothing.
func serial(d document) string {
	text, _ := json.Marshal(d) //nolint:errchkjson // plain structs of strings cannot fail
	h := sha256.Sum256(text)
	h[6] = h[6]&0x0f | 0x80
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
