package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	classAttr  = regexp.MustCompile(`class=(?:"([^"]*)"|\{([^}]*)\})`)
	literal    = regexp.MustCompile(`"([^"\\\n]*)"`)
	className  = regexp.MustCompile(`-?[_a-zA-Z][\w-]*`)
	classOf    = regexp.MustCompile(`\.(-?[_a-zA-Z](?:[\w-]|\\.)*)`)
	reference  = regexp.MustCompile(`var\(\s*(--[\w-]+)`)
	animations = regexp.MustCompile(`animation(?:-name)?:([^;}]*)`)
	elements   = regexp.MustCompile(`(^|[\s>+~(,])(abbr|address|blockquote|iframe|video|audio|canvas|embed|object|optgroup|output|samp|figure|hr|h4|h5|h6)\b`)
)

// classes are the names that may be classes: what stands in class attributes of templates, and in the texts of the parts' Go files.
func classes(web string) (map[string]bool, error) {
	used := map[string]bool{}
	err := filepath.WalkDir(web, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "node_modules" || d.Name() == "stylecut") {
				return filepath.SkipDir
			}
			return err
		}
		var find *regexp.Regexp
		switch {
		case strings.HasSuffix(name, ".templ"):
			find = classAttr
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_templ.go") && !strings.HasSuffix(name, "_test.go") && filepath.Base(filepath.Dir(name)) == "ui":
			find = literal
		default:
			return nil
		}
		text, err := os.ReadFile(name)
		for _, m := range find.FindAllStringSubmatch(string(text), -1) {
			for _, word := range className.FindAllString(strings.Join(m[1:], " "), -1) {
				used[word] = true
			}
		}
		return err
	})
	return used, err
}

// keep leaves the selectors whose classes are all used, and of those the rules that still have one.
func keep(rules []rule, used map[string]bool) (out []rule) {
	for _, r := range rules {
		switch {
		case r.inner != nil:
			if r.inner = keep(r.inner, used); len(r.inner) > 0 && !strings.Contains(r.head, "print") {
				out = append(out, r)
			}
		case strings.HasPrefix(r.head, "@"):
			out = append(out, r)
		default:
			if r.head = selectors(r.head, used); r.head != "" && r.body != "" {
				out = append(out, r)
			}
		}
	}
	return out
}

func selectors(head string, used map[string]bool) string {
	var out []string
	for _, s := range split(head, ',') {
		if s = strings.TrimSpace(s); wanted(s, used) {
			out = append(out, s)
		}
	}
	return strings.Join(out, ",")
}

func wanted(selector string, used map[string]bool) bool {
	for _, part := range []string{"[class", "[data-theme", "[data-bs-theme-", "navbar-theme", "[dir=", "::-webkit-datetime", "[data-trix"} {
		if strings.Contains(selector, part) {
			return false
		}
	}
	if elements.MatchString(selector) {
		return false
	}
	for _, m := range classOf.FindAllStringSubmatch(selector, -1) {
		if !used[m[1]] {
			return false
		}
	}
	return true
}

// dark gives the rules of the dark theme once more, for "auto" where the system is dark.
func dark(rules []rule) []rule {
	var inner []rule
	for _, r := range rules {
		if r.inner != nil || !strings.Contains(r.head, "[data-bs-theme=dark]") {
			continue
		}
		var heads []string
		for _, s := range split(r.head, ',') {
			if strings.Contains(s, "[data-bs-theme=dark]") {
				heads = append(heads, strings.ReplaceAll(s, "[data-bs-theme=dark]", "[data-bs-theme=auto]"))
			}
		}
		inner = append(inner, rule{head: strings.Join(heads, ","), body: r.body})
	}
	if len(inner) == 0 {
		return nil
	}
	return []rule{{head: "@media (prefers-color-scheme:dark)", inner: inner}}
}

// references are the variables and animations that a stylesheet asks for.
func references(text string) map[string]bool {
	asked := map[string]bool{}
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		asked[m[1]] = true
	}
	for _, m := range animations.FindAllStringSubmatch(text, -1) {
		for _, word := range className.FindAllString(m[1], -1) {
			asked[word] = true
		}
	}
	return asked
}

// drop takes away variables, and animations, that nobody asks for.
func drop(rules []rule, asked map[string]bool) (out []rule) {
	for _, r := range rules {
		switch {
		case r.inner != nil:
			r.inner = drop(r.inner, asked)
		case strings.HasPrefix(r.head, "@keyframes"), strings.HasPrefix(r.head, "@property"):
			if fields := strings.Fields(r.head); !asked[fields[len(fields)-1]] {
				continue
			}
		case !strings.HasPrefix(r.head, "@"):
			r.body = declarations(r.body, asked)
		}
		if r.body != "" || len(r.inner) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// declarations leaves those that set no variable, or one that is asked for; of the same one twice, the last.
func declarations(body string, asked map[string]bool) string {
	list := split(body, ';')
	last := map[string]int{}
	for i, d := range list {
		name, _, _ := strings.Cut(d, ":")
		last[strings.TrimSpace(name)] = i
	}
	var out []string
	for i, d := range list {
		name, _, _ := strings.Cut(d, ":")
		name = strings.TrimSpace(name)
		if name == "" || strings.HasPrefix(name, "--") && (!asked[name] || last[name] != i) {
			continue
		}
		out = append(out, strings.TrimSpace(d))
	}
	return strings.Join(out, ";")
}
