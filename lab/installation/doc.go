// Package installation puts a whole lab together: which processes there are,
// on which ports, in which order, with which files.
package installation
