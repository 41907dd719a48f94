package witness

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/vmware/govmomi/vim25/xml"
)

// node is an element of XML.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	children []*node
	text     string
}

func read(text string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	document := &node{}
	open := []*node{document}
	for {
		token, err := d.Token()
		if err == io.EOF && len(open) == 1 && len(document.children) == 1 {
			return document.children[0], nil
		}
		if err != nil {
			return nil, fmt.Errorf("malformed XML: %w", err)
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name, attrs: t.Copy().Attr}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
}

// attr gives an attribute's value, without the prefix that a type may have.
func (n *node) attr(name xml.Name) string {
	for _, a := range n.attrs {
		if a.Name == name {
			return a.Value[strings.LastIndex(a.Value, ":")+1:]
		}
	}
	return ""
}

// String writes a node with all its namespaces, as govmomi reads it.
func (n *node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	fmt.Fprintf(b, `<%s xmlns=%q xmlns:xsi=%q`, n.name.Local, n.name.Space, instanceSpace)
	for _, a := range n.attrs {
		switch a.Name.Space {
		case instanceSpace:
			fmt.Fprintf(b, ` xsi:%s="%s"`, a.Name.Local, html.EscapeString(a.Value))
		case "":
			if a.Name.Local != "xmlns" {
				fmt.Fprintf(b, ` %s="%s"`, a.Name.Local, html.EscapeString(a.Value))
			}
		}
	}
	b.WriteString(">")
	if len(n.children) == 0 {
		_ = xml.EscapeText(b, []byte(n.text))
	}
	for _, child := range n.children {
		child.write(b)
	}
	fmt.Fprintf(b, "</%s>", n.name.Local)
}
