module github.com/vic-operator/vic-operator/lab

go 1.26
