package main

import (
	"os"
	"strings"
	"testing"
)

// TestStylesAreCurrent holds tabler.css to what the pages use.
func TestStylesAreCurrent(t *testing.T) {
	want, err := Cut("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../tabler.css")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("internal/web/assets/tabler.css is not what the pages use: run make generate")
	}
}

func TestCut(t *testing.T) {
	used := map[string]bool{"btn": true, "card": true}
	tests := []struct{ name, whole, ours, want string }{
		{"a class in use", ".btn{color:red}", "", ".btn{color:red}\n"},
		{"one that is not", ".alert{color:red}", "", ""},
		{"both in one rule", ".alert,.btn:hover{color:red}", "", ".btn:hover{color:red}\n"},
		{"both in one selector", ".btn .alert{color:red}", "", ""},
		{"an element", "table{color:red}", "", "table{color:red}\n"},
		{"a comment", "/* } .x{ */.btn{color:red}", "", ".btn{color:red}\n"},
		{"a brace in quotes", `.btn::before{content:"}"}.card{color:red}`, "", ".btn::before{content:\"}\"}\n.card{color:red}\n"},
		{"a comma in brackets", ".btn:is(.card,a){color:red}", "", ".btn:is(.card,a){color:red}\n"},
		{"inside of media", "@media (x){.btn{color:red}.alert{color:red}}", "", "@media (x){\n.btn{color:red}\n}\n"},
		{"media with nothing left", "@media (x){.alert{color:red}}", "", ""},
		{"a variable in use", ":root{--a:1;--b:2}.btn{width:var(--a)}", "", ":root{--a:1}\n.btn{width:var(--a)}\n"},
		{"a variable that we use", ":root{--a:1;--b:2}", "x{width:var(--b)}", ":root{--b:2}\n"},
		{"a chain of which nobody holds the end", ":root{--a:var(--b);--b:2}", "", ""},
		{"a variable set twice", ":root{--a:1;--a:2}.btn{width:var(--a)}", "", ":root{--a:2}\n.btn{width:var(--a)}\n"},
		{"an animation", "@keyframes spin{to{x:1}}@keyframes none{to{x:1}}.btn{animation:1s spin}", "", "@keyframes spin{to{x:1}}\n.btn{animation:1s spin}\n"},
		{"statements", `@charset "UTF-8";.btn{color:red}`, "", ".btn{color:red}\n"},
		{
			"dark by itself", "[data-bs-theme=dark] .btn{color:red}", "",
			"[data-bs-theme=dark] .btn{color:red}\n@media (prefers-color-scheme:dark){\n[data-bs-theme=auto] .btn{color:red}\n}\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.TrimPrefix(cut(tt.whole, tt.ours, used), head); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// What a sheet that is cut off holds is read as far as it goes.
func TestCutOff(t *testing.T) {
	for _, text := range []string{"", "{", ".btn{", ".btn", "@media x{.btn{", `.btn{content:"`} {
		cut(text, "", map[string]bool{"btn": true})
	}
}
