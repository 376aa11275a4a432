"""The public Complete Journey data as a demo shop."""
