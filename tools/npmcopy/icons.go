package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
)

// icons makes one SVG file of all icons in the list; a page shows one by <use href="icons.svg#name">.
func (v *copier) icons(list string) error {
	body, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for line := range strings.Lines(string(body)) {
		name := strings.TrimSpace(line)
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if err := v.symbol(&b, name); err != nil {
			return err
		}
	}
	b.WriteString("\n</svg>\n")
	return v.write(file{Path: "icons.svg", Package: "@tabler/icons", From: "icons, those of icons.txt"}, []byte(b.String()))
}

// symbol writes one icon. The page that uses it says its colour and the width of its lines.
func (v *copier) symbol(b *strings.Builder, name string) error {
	style := "outline"
	if plain, ok := strings.CutSuffix(name, "/filled"); ok {
		name, style = plain, "filled"
	}
	text, err := v.read("@tabler/icons", "icons", style, name+".svg")
	if err != nil {
		return fmt.Errorf("icon %s: %w", name, err)
	}
	shapes, err := inside(text)
	if err != nil {
		return fmt.Errorf("icon %s: %w", name, err)
	}
	fmt.Fprintf(b, "\n<symbol id=%q viewBox=\"0 0 24 24\">%s</symbol>", name, shapes)
	return nil
}

// inside gives the shapes of an SVG file without the frame, and without the one that only clears the ground.
func inside(text string) (string, error) {
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local != "svg" && !ground(e) {
			shape(&b, e)
		}
	}
}

func ground(e xml.StartElement) bool {
	for _, a := range e.Attr {
		if a.Name.Local == "stroke" && a.Value == "none" {
			return true
		}
	}
	return false
}

func shape(b *strings.Builder, e xml.StartElement) {
	fmt.Fprintf(b, "<%s", e.Name.Local)
	for _, a := range e.Attr {
		fmt.Fprintf(b, " %s=%q", a.Name.Local, a.Value)
	}
	b.WriteString("/>")
}
